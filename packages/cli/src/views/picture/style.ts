import { SIZE } from './measure.js';

/** A colour on a light page, and on a dark one. */
type Colour = readonly [light: string, dark: string];

/** Of networks, in turn: those of Paul Tol that are told apart by everybody, and hold white text. */
const HUES: readonly Colour[] = [
  ['#3b6ea5', '#4f86c0'],
  ['#1f7a3a', '#2f8f4c'],
  ['#9a3273', '#b5548f'],
  ['#7d6608', '#957d22'],
  ['#1b7f8c', '#2b8f9c'],
];

export const hueClass = (hue: number | undefined): string =>
  hue === undefined ? 'cable' : `n${String(hue % HUES.length)}`;

const PAGE: Colour = ['#ffffff', '#0d1117'];
const FRAME: Colour = ['#d8dee4', '#30363d'];
const BOX: Colour = ['#f6f8fa', '#161b22'];
const EDGE: Colour = ['#afb8c1', '#484f58'];
const INK: Colour = ['#1f2328', '#e6edf3'];
const DIM: Colour = ['#59636e', '#9198a1'];
const CABLE: Colour = ['#6e7781', '#8b949e'];
/** What is not as it should be; it is told in words and by a broken line, too. */
const WRONG: Colour = ['#b3400e', '#f0883e'];
const RIGHT: Colour = ['#00785a', '#3fb68b'];

const colours: readonly (readonly [selector: string, property: string, colour: Colour])[] = [
  ['.page', 'fill', PAGE],
  ['.page', 'stroke', FRAME],
  ['.halo', 'fill', PAGE],
  ['.box', 'fill', BOX],
  ['.box', 'stroke', EDGE],
  ['text', 'fill', INK],
  ['.dim', 'fill', DIM],
  ['.line.cable', 'stroke', CABLE],
  ...HUES.flatMap((colour, hue) => [
    [`.line.n${String(hue)}`, 'stroke', colour] as const,
    [`.fill.n${String(hue)}`, 'fill', colour] as const,
  ]),
  ['.line.wrong', 'stroke', WRONG],
  ['.box.wrong', 'stroke', WRONG],
  ['text.wrong', 'fill', WRONG],
  ['.right', 'fill', RIGHT],
];

const SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const CODE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

const rules = (which: 0 | 1): string =>
  colours.map(([selector, property, colour]) => `${selector}{${property}:${colour[which]}}`).join('\n');

/** Without variables, which many a viewer of SVG does not know. */
export const STYLE = `text{font-family:${SANS};font-size:${String(SIZE.small)}px;text-anchor:middle}
.name{font-size:${String(SIZE.name)}px;font-weight:600}
.code{font-family:${CODE}}
.title{font-size:17px;font-weight:600;text-anchor:start}
.about{text-anchor:start}
.line{fill:none;stroke-width:1.6}
.thick{stroke-width:5;stroke-linecap:round;stroke-linejoin:round}
.box{stroke-width:1.2}
.box.wrong{stroke-width:1.6;stroke-dasharray:5 3}
.line.wrong{stroke-dasharray:5 3}
${rules(0)}
.bus{fill:#ffffff}
@media (prefers-color-scheme:dark){
${rules(1)}
.bus{fill:#ffffff}
}`;
