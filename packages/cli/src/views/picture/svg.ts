import { count, printable } from '../../output/text.js';
import { type Graph, isWrong } from '../graph-parts.js';
import { type Label, sceneOf } from './items.js';
import { layersOf } from './layers.js';
import { codeWidth, LINE, nameWidth, SIZE } from './measure.js';
import { pack } from './pack.js';
import { type Drawing, place, px, type Rectangle } from './place.js';
import { hueClass, STYLE } from './style.js';

const MARGIN = 28;
/** Of the title above it all. */
const HEAD = 58;

/** A picture that stands for itself: no font, script or style from elsewhere. The same topology gives the same bytes. */
export function svgOf(graph: Graph): string {
  const scene = sceneOf(graph);
  const { parts, width: inner, height: below } = pack(layersOf(scene).map((layers) => place(scene, layers)));
  const title = printable(graph.topology);
  const about = aboutOf(graph);
  const width = Math.ceil(Math.max(inner, 1.25 * nameWidth(title), codeWidth(about)) + 2 * MARGIN);
  const height = Math.ceil(HEAD + below + 2 * MARGIN);
  const left = (width - inner) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" role="img" aria-labelledby="title about">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="about">${escaped(about)}</desc>`,
    `<style>\n${STYLE}\n</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${px(width - 1)}" height="${px(height - 1)}" rx="10"/>`,
    `<text class="title" x="${px(MARGIN)}" y="38">${escaped(title)}</text>`,
    `<text class="about dim" x="${px(MARGIN)}" y="56">${escaped(about)}</text>`,
    ...parts.map(
      ({ drawing, x, y }) =>
        `<g transform="translate(${px(left + x)} ${px(HEAD + MARGIN + y)})">\n${partOf(drawing).join('\n')}\n</g>`,
    ),
    '</svg>',
  ].join('\n');
}

const aboutOf = ({ nodes, networks, links }: Graph): string =>
  [
    count(nodes.length, 'node'),
    ...(networks.length === 0 ? [] : [count(networks.length, 'network')]),
    ...(links.length === 0 ? [] : [count(links.length, 'cable')]),
  ].join(' · ');

/** What is above is drawn later. */
const partOf = ({ boxes, buses, strokes, labels, dots }: Drawing): readonly string[] => [
  ...strokes
    .filter((it) => it.isNetwork)
    .map(({ path, hue }) => `<path class="line thick ${hueClass(hue)}" d="${path}"/>`),
  ...strokes
    .filter((it) => !it.isNetwork)
    .map(({ path, hue, isBroken }) => `<path class="line ${hueClass(hue)}${isBroken ? ' wrong' : ''}" d="${path}"/>`),
  ...buses.map(busOf),
  ...dots.map(({ x, y, hue }) => `<circle class="fill ${hueClass(hue)}" cx="${px(x)}" cy="${px(y)}" r="4"/>`),
  ...boxes.map(boxOf),
  ...labels.map(labelOf),
];

const middleOf = ({ x, width }: Rectangle): number => x + width / 2;

function busOf({ bus, ...place }: Drawing['buses'][number]): string {
  const { x, y, width, height } = place;
  return [
    `<rect class="fill ${hueClass(bus.hue)}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="${px(height / 2)}"/>`,
    `<text class="bus" x="${px(middleOf(place))}" y="${px(y + height / 2 + 5)}"><tspan class="name">${escaped(bus.name)}</tspan><tspan class="code" dx="10">${escaped(bus.detail)}</tspan></text>`,
  ].join('');
}

function boxOf({ box, ...place }: Drawing['boxes'][number]): string {
  const { x, y, width, height } = place;
  const wrong = isWrong(box) ? ' wrong' : '';
  return [
    `<rect class="box${wrong}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="8"/>`,
    `<text class="name" x="${px(middleOf(place))}" y="${px(y + 20)}">${escaped(box.name)}</text>`,
    `<text class="${wrong === '' ? 'dim' : 'wrong'}" x="${px(middleOf(place))}" y="${px(y + 36)}">${escaped(box.detail)}</text>`,
    box.state === 'up' ? `<circle class="right" cx="${px(x + width - 10)}" cy="${px(y + 10)}" r="3.5"/>` : '',
  ].join('');
}

/** On a piece of the page, so that the line goes behind it. */
function labelOf({ x, y, label }: Drawing['labels'][number]): string {
  const { lines, width, height } = label;
  return [
    `<rect class="halo" x="${px(x - width / 2 - 2)}" y="${px(y)}" width="${px(width + 4)}" height="${px(height)}"/>`,
    ...lines.map(
      (line, index) =>
        `<text class="${lineClass(label, index)}" x="${px(x)}" y="${px(y + index * LINE + SIZE.small)}">${escaped(line)}</text>`,
    ),
  ].join('');
}

/** The nic's name, its addresses, and last what is wrong with it. */
const lineClass = ({ lines, state }: Label, index: number): string =>
  state !== undefined && index === lines.length - 1 ? 'code wrong' : index === 0 ? 'code' : 'code dim';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
