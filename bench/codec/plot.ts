/** A way to write rows, by what it takes of what JSON with gzip takes. */
export interface Point {
  /** Those of one family are joined by a line, in their order. */
  readonly family: string;
  readonly name: string;
  readonly bytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

const size = { width: 880, height: 420 };
const panel = { width: 355, top: 64, bottom: 356, lefts: [62, 495] } as const;
/** Read on white and on black. */
const colours = ['#2f81f7', '#8b949e', '#bf8700', '#a371f7', '#d1583f'];
const ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];
/** About what a character takes. */
const letter = { width: 6.3, height: 12 };

/** Size against processor time, of encoding on the left and of decoding on the right: an SVG for light and dark pages. */
export function plotOf(points: readonly Point[], note: string): string {
  const families = [...new Set(points.map(({ family }) => family))];
  const top = Math.max(1, ...points.map(({ bytes }) => bytes)) * 1.08;
  const panels = (['encodeMs', 'decodeMs'] as const).map((time, index) =>
    panelOf({ points, families, time, top, left: panel.lefts[index]! }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img">`,
    '<title>Size against processor time of encoding and decoding rows</title>',
    `<style>
  text { font: 11px system-ui, sans-serif; fill: #57606a; }
  .head { font-size: 14px; font-weight: 600; }
  .grid { stroke: #8b949e; stroke-opacity: 0.25; }
  .line { fill: none; stroke-width: 1.5; stroke-opacity: 0.6; }
  @media (prefers-color-scheme: dark) { text { fill: #b1bac4; } }
</style>`,
    textAt(
      panel.lefts[0],
      22,
      'Bytes against processor time, both as parts of JSON with gzip 6',
      'head',
    ),
    ...panels,
    textAt(panel.lefts[0], size.height - 12, note),
    '</svg>\n',
  ].join('\n');
}

interface Panel {
  readonly points: readonly Point[];
  readonly families: readonly string[];
  readonly time: 'encodeMs' | 'decodeMs';
  /** The size at the upper end. */
  readonly top: number;
  readonly left: number;
}

interface Place {
  readonly point: Point;
  readonly x: number;
  readonly y: number;
}

function panelOf({ points, families, time, top, left }: Panel): string {
  const times = points.map((point) => point[time]);
  const [least, most] = [Math.log(Math.min(...times) / 1.4), Math.log(Math.max(...times) * 1.6)];
  const xOf = (value: number) => left + (panel.width * (Math.log(value) - least)) / (most - least);
  const yOf = (value: number) => panel.bottom - ((panel.bottom - panel.top) * value) / top;
  const places = points.map((point) => ({ point, x: xOf(point[time]), y: yOf(point.bytes) }));
  const title = time === 'encodeMs' ? 'Encoding' : 'Decoding';
  const inside = ticks.filter((tick) => Math.log(tick) > least && Math.log(tick) < most);
  return [
    textAt(left, panel.top - 14, `${title}: time to the right (logarithmic), bytes upwards`),
    ...inside.map((tick) => gridX(xOf(tick), String(tick))),
    ...sizesUpTo(top).map((value) => gridY(left, yOf(value), value.toFixed(1))),
    ...families.map((family, index) => familyOf(places, family, colours[index % colours.length]!)),
    ...labelsOf(places, left),
  ].join('\n');
}

function sizesUpTo(top: number): number[] {
  const step = top > 2 ? 0.5 : 0.2;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => index * step);
}

function gridX(x: number, label: string): string {
  const line = `<line class="grid" x1="${px(x)}" x2="${px(x)}" y1="${panel.top}" y2="${panel.bottom}"/>`;
  return line + textAt(x, panel.bottom + 16, label, '', 'middle');
}

function gridY(left: number, y: number, label: string): string {
  const line = `<line class="grid" x1="${left}" x2="${left + panel.width}" y1="${px(y)}" y2="${px(y)}"/>`;
  return line + textAt(left - 8, y + 4, label, '', 'end');
}

function familyOf(places: readonly Place[], family: string, colour: string): string {
  const own = places.filter(({ point }) => point.family === family);
  const line = own.map(({ x, y }) => `${px(x)},${px(y)}`).join(' ');
  const dots = own.map(
    ({ x, y }) => `<circle cx="${px(x)}" cy="${px(y)}" r="4.5" fill="${colour}"/>`,
  );
  return `<polyline class="line" stroke="${colour}" points="${line}"/>${dots.join('')}`;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a name may stand, from its point on: beside, above or below. */
const offsets = [
  [8, 4, 'start'],
  [-8, 4, 'end'],
  [0, -9, 'middle'],
  [0, 17, 'middle'],
  [8, -8, 'start'],
  [8, 16, 'start'],
  [-8, -8, 'end'],
  [-8, 16, 'end'],
] as const;

/** The names of all points, each where it hides neither a point nor a name, if there is such a place. */
function labelsOf(places: readonly Place[], left: number): string[] {
  const taken: Box[] = places.map(({ x, y }) => boxOf(x - 5, x + 5, y + 5, 10));
  return places.map(({ point, x, y }) => {
    const width = point.name.length * letter.width;
    const boxes = offsets.map(([right, down, anchor]) => {
      const start = x + right - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2);
      return boxOf(start, start + width, y + down + 2, letter.height);
    });
    const free = boxes.findIndex(
      (box) =>
        box.left > left - 4 &&
        box.right < left + panel.width + 16 &&
        !taken.some((other) => areOver(box, other)),
    );
    const chosen = Math.max(0, free);
    taken.push(boxes[chosen]!);
    const [right, down, anchor] = offsets[chosen]!;
    return textAt(x + right, y + down, point.name, '', anchor);
  });
}

function boxOf(left: number, right: number, bottom: number, height: number): Box {
  return { left, right, top: bottom - height, bottom };
}

function areOver(one: Box, other: Box): boolean {
  const beside = one.right <= other.left || other.right <= one.left;
  return !beside && one.top < other.bottom && other.top < one.bottom;
}

function textAt(x: number, y: number, text: string, name = '', anchor = 'start'): string {
  const style = `${name === '' ? '' : ` class="${name}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${px(x)}" y="${px(y)}"${style}>${plain}</text>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
