import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import type { BlockReader } from './block-reader.ts';
import {
  groupedWidthMax,
  judgeGroups,
  type Records,
  readGroups,
  writeGroups,
} from './byte-groups.ts';
import { areFew } from './odd-places.ts';
import { oddTextBits, readOddTexts, writeOddTexts } from './odd-texts.ts';
import type { TextCodec } from './text-codec.ts';

/** How bytes are written out as text. */
export interface TextForm {
  /** How many bytes each string stands for; undefined where a block says it. */
  readonly width: number | undefined;
  /** Characters that so many bytes are written with. */
  lengthOf(width: number): number;
  /** Where in a string like the others bytes may begin that go on up to its end; negative where nowhere. */
  startIn(text: string): number;
  /** Puts the `width` bytes that `text` has from `start` on into `bytes`. False where it is of another form. */
  parse(
    text: string,
    start: number,
    bytes: Uint8Array,
    offset: number,
    width: number,
    isUpper: boolean,
  ): boolean;
  /** Undoes `parse`, in ASCII. */
  format(
    bytes: Uint8Array,
    offset: number,
    width: number,
    isUpper: boolean,
    out: Uint8Array,
    start: number,
  ): void;
}

/** What all strings of a column have in common. */
interface Layout {
  /** Stands before what is bytes. */
  readonly prefix: string;
  readonly width: number;
  readonly isUpper: boolean;
}

/**
 * Strings that are bytes, written out in a form of one length, behind the same prefix. A byte for their letters (0 lower case, 1
 * upper case), the prefix (a varint of its bytes and UTF-8), how many bytes a string stands for as a varint (where the form does not
 * say it), the odd strings (`odd-texts.ts`), and the bytes of all in groups (`byte-groups.ts`). In the place of an odd string stand the bytes of
 * the one before, of those before the first the ones of the first that is not odd.
 */
export function textBytesCodec(id: number, name: string, form: TextForm): TextCodec {
  return {
    id,
    name,

    judge({ values, sample, scale }) {
      const layout = layoutOf(form, sample);
      const parsed = layout && parse(form, layout, sample);
      if (parsed === undefined) return undefined;
      const { bits, parameters } = judgeGroups(parsed.records, values.length);
      return { bits: bits + oddTextBits(parsed.odd, sample) * scale, parameters };
    },

    write(out, { values, sample }, plan) {
      const layout = layoutOf(form, sample);
      const parsed = layout && parse(form, layout, values);
      if (layout === undefined || parsed === undefined) return false;
      out.head.u8(layout.isUpper ? 1 : 0);
      out.head.lengthText(layout.prefix);
      if (form.width === undefined) out.head.varint(layout.width);
      writeOddTexts(out, parsed.odd, values, plan.part(0));
      writeGroups(out, parsed.records, plan.parameters[0] ?? 0, plan.part(1));
      return true;
    },

    read(reader, count) {
      const letters = reader.head.u8();
      const prefix = reader.head.lengthText();
      const width = form.width ?? reader.head.varint();
      if (letters > 1 || width > groupedWidthMax) throw reader.fail('there are no such bytes');
      const odd = readOddTexts(reader, count);
      const bytes = readGroups(reader, count, width);
      const layout = { prefix, width, isUpper: letters === 1 };
      const values = format(reader, form, layout, { bytes, count, width });
      for (const [at, text] of odd) values[at] = text;
      return values;
    },
  };
}

/** What most of `sample` may have in common. */
function layoutOf(form: TextForm, sample: readonly string[]): Layout | undefined {
  for (const at of [0, sample.length >> 1, sample.length - 1]) {
    const text = sample[at]!;
    const start = form.startIn(text);
    if (start < 0) continue;
    const prefix = text.slice(0, start);
    const width = form.width ?? (text.length - start) / 2;
    if (!prefix.isWellFormed()) continue;
    return { prefix, width, isUpper: hasUpper(sample, start, text.length) };
  }
  return undefined;
}

/** Whether the first letter behind the prefix, in a string of that length, is one of upper case. */
function hasUpper(sample: readonly string[], start: number, length: number): boolean {
  for (const text of sample) {
    for (let at = start; text.length === length && at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x41) return unit < 0x61;
    }
  }
  return false;
}

/** Undefined where too many are of another form. */
function parse(form: TextForm, { prefix, width, isUpper }: Layout, values: readonly string[]) {
  const count = values.length;
  const bytes = new Uint8Array(count * width);
  const length = prefix.length + form.lengthOf(width);
  const odd: number[] = [];
  for (let at = 0, offset = 0; at < count; at++, offset += width) {
    const text = values[at]!;
    const fits =
      text.length === length &&
      text.startsWith(prefix) &&
      form.parse(text, prefix.length, bytes, offset, width, isUpper);
    if (fits) continue;
    odd.push(at);
    if (!areFew(odd.length, count)) return undefined;
    if (at > 0) bytes.copyWithin(offset, offset - width, offset);
  }
  fillBefore(bytes, width, odd);
  return { records: { bytes, count, width }, odd };
}

/** Before the first string that is not odd stand its bytes, too. */
function fillBefore(bytes: Uint8Array, width: number, odd: readonly number[]): void {
  let first = 0;
  while (odd[first] === first) first++;
  for (let at = 0; at < first; at++) {
    bytes.copyWithin(at * width, first * width, (first + 1) * width);
  }
}

function format(
  reader: BlockReader,
  form: TextForm,
  { prefix, width, isUpper }: Layout,
  { bytes, count }: Records,
): string[] {
  const before = encodeUtf8(prefix);
  const each = before.length + form.lengthOf(width);
  reader.allowText(each * count);
  const out = new Uint8Array(each * count);
  for (let at = 0, start = 0; at < count; at++, start += each) {
    if (before.length > 0) out.set(before, start);
    form.format(bytes, at * width, width, isUpper, out, start + before.length);
  }
  const text = decodeUtf8(out);
  const length = prefix.length + form.lengthOf(width);
  const values: string[] = new Array(count);
  for (let at = 0, start = 0; at < count; at++, start += length) {
    values[at] = text.slice(start, start + length);
  }
  return values;
}
