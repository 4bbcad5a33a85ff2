// Draws a recorded terminal session as a card: node scripts/picture.mjs docs/images/first-lab.txt
import { readFileSync, writeFileSync } from 'node:fs';

const [path] = process.argv.slice(2);
const FONT = 13;
const LINE = 18;
const CHARACTER = FONT * 0.602; // the advance of the usual monospaced fonts
const PADDING = 20;
const BAR = 34;

const colours = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };

/** What an ANSI sequence makes of a style: only what the CLI prints. */
function restyle(style, codes) {
  let now = style;
  for (const code of codes.split(';')) {
    if (code in colours) now = { ...now, fill: colours[code] };
    else if (code === '39') now = { ...now, fill: undefined };
    else if (code === '1') now = { ...now, 'font-weight': 'bold' };
    else if (code === '2') now = { ...now, opacity: 0.6 };
    else if (code === '22') now = { ...now, 'font-weight': undefined, opacity: undefined };
    else if (code === '0' || code === '') now = {};
  }
  return now;
}

/** A line in pieces of one style each. */
function pieces(line) {
  let style = line.startsWith('$ ') ? { fill: '#ffffff', 'font-weight': 'bold' } : {};
  return line.split(/\x1b\[([\d;]*)m/).flatMap((part, index) => {
    if (index % 2 === 0) return part === '' ? [] : [{ text: part, style }];
    style = restyle(style, part);
    return [];
  });
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const attributes = (style) =>
  Object.entries(style)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');

/** Each piece has its own place and length, so that columns stay in line in whatever font there is. */
function textLine(line, index) {
  const y = BAR + PADDING + index * LINE + FONT;
  let column = 0;
  return pieces(line).map(({ text, style }) => {
    const start = column + text.search(/\S|$/);
    column += [...text].length;
    return textPiece(text.trim(), style, PADDING + start * CHARACTER, y);
  });
}

function textPiece(text, style, x, y) {
  if (text === '') return '';
  const length = ([...text].length * CHARACTER).toFixed(1);
  return `<text x="${x.toFixed(1)}" y="${y}" textLength="${length}"${attributes(style)}>${escaped(text)}</text>\n`;
}

const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
const longest = Math.max(...lines.map((line) => [...line.replaceAll(/\x1b\[[\d;]*m/g, '')].length));
const width = Math.ceil(longest * CHARACTER + 2 * PADDING);
const height = BAR + 2 * PADDING + lines.length * LINE;
const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
  (fill, i) => `<circle cx="${20 + i * 18}" cy="17" r="5" fill="${fill}"/>`,
);

writeFileSync(
  path.replace(/[.]txt$/, '.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A terminal session with pipewright</title>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots.join('')}
<g xml:space="preserve" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}" fill="#c9d1d9">
${lines.flatMap(textLine).join('')}</g>
</svg>
`,
);
