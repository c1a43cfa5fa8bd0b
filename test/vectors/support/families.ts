/** The five families of codecs, with how columns of each are read and written. */
import type { ColumnValues } from '../../../src/codec/batch.ts';
import type { BlockReader } from '../../../src/codec/block-reader.ts';
import type { BlockWriter } from '../../../src/codec/block-writer.ts';
import { ByteStrings } from '../../../src/codec/byte-codec.ts';
import { byteCodecs, readByteStrings, writeByteStrings } from '../../../src/codec/byte-strings.ts';
import { floatCodecs, floatsOf, readFloats, writeFloats } from '../../../src/codec/floats.ts';
import { integersOf } from '../../../src/codec/integer-codec.ts';
import { integerCodecs, readIntegers, writeIntegers } from '../../../src/codec/integers.ts';
import { longsOf } from '../../../src/codec/long-codec.ts';
import { longCodecs, readLongs, writeLongs } from '../../../src/codec/longs.ts';
import type { Plan } from '../../../src/codec/plan.ts';
import { Texts } from '../../../src/codec/text-codec.ts';
import { readTexts, textCodecs, writeTexts } from '../../../src/codec/texts.ts';

type Flat<Kind> = Extract<ColumnValues, { readonly kind: Kind }>;
export type FamilyName = 'integers' | 'longs' | 'floats' | 'texts' | 'bytes';
export type FlatColumn = Flat<FamilyName>;

export const codecsOf: Readonly<
  Record<FamilyName, readonly { readonly id: number; readonly name: string }[]>
> = {
  integers: integerCodecs,
  longs: longCodecs,
  floats: floatCodecs,
  texts: textCodecs,
  bytes: byteCodecs,
};

/** Writes a column as the encoder chooses. */
export function writeColumn(out: BlockWriter, column: FlatColumn, plan: Plan): void {
  const { kind, values } = column;
  if (kind === 'integers') writeIntegers(out, values, values.length, plan);
  else if (kind === 'longs') writeLongs(out, values, plan);
  else if (kind === 'floats') writeFloats(out, values, values.length, plan);
  else if (kind === 'texts') writeTexts(out, values, plan);
  else writeByteStrings(out, values, plan);
}

/** Writes a column with one codec, whether that is a good choice or not. Throws where it does not fit. */
export function writeColumnWith(
  out: BlockWriter,
  column: FlatColumn,
  codecName: string,
  plan: Plan,
): void {
  const { id } = codecsOf[column.kind].find(({ name }) => name === codecName)!;
  out.head.u8(id);
  if (!written(out, column, id, plan)) throw new Error(`${codecName} does not fit`);
}

function written(out: BlockWriter, column: FlatColumn, id: number, plan: Plan): boolean {
  const { kind, values } = column;
  const named = <Each extends { readonly id: number }>(codecs: readonly Each[]) =>
    codecs.find((codec) => codec.id === id)!;
  if (kind === 'integers') {
    const lane = integersOf(values, values.length, out.lanes);
    const isWritten = named(integerCodecs).write(out, lane, plan);
    out.lanes.push(lane);
    return isWritten;
  }
  if (kind === 'longs') return named(longCodecs).write(out, longsOf(values), plan);
  if (kind === 'floats') {
    return named(floatCodecs).write(out, floatsOf(values, values.length), plan);
  }
  if (kind === 'texts') return named(textCodecs).write(out, new Texts(values), plan);
  return named(byteCodecs).write(out, new ByteStrings(values), plan);
}

export function readColumn(reader: BlockReader, kind: FamilyName, count: number): FlatColumn {
  if (kind === 'integers') return { kind, values: readIntegers(reader, count) };
  if (kind === 'longs') return { kind, values: readLongs(reader, count) };
  if (kind === 'floats') return { kind, values: readFloats(reader, count) };
  if (kind === 'texts') return { kind, values: readTexts(reader, count) };
  return { kind, values: readByteStrings(reader, count) };
}
