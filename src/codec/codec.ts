import { assert } from '../base/errors.ts';
import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import type { Level, Plan } from './plan.ts';

/** What a codec would make of a column. */
export interface Judgement {
  /** Bits that it would take, as the sample tells. */
  readonly bits: number;
  /** With which it would; see `Plan.parameters`. */
  readonly parameters: readonly number[];
}

/** One way to write a column of values. `Column` is what an encoder knows of it, `Values` what a decoder gives. */
export interface Codec<Column, Values> {
  /** Stands before its column in a block: never given to another. Its place among the codecs of its kind. */
  readonly id: number;
  readonly name: string;
  /** Undefined where the codec does not fit; it may also be where it would take `bitsMax` or more, which another one does not. */
  judge(column: Column, level: Level, bitsMax: number): Judgement | undefined;
  /** Writes it as `plan` says. False, whatever was written, where the codec does not fit. */
  write(out: BlockWriter, column: Column, plan: Plan): boolean;
  /** DATA_LOSS where the bytes cannot be what `write` wrote. */
  read(reader: BlockReader, count: number): Values;
}

/** The judgement of a codec that has no parameters. */
export function judged(bits: number): Judgement {
  return { bits, parameters: nothing };
}

const nothing: readonly number[] = [];

/** The codec's number, then what it writes: as planned before, if that fits still, or with the one of the fewest bits. */
export function writeWithBest<Column>(
  codecs: readonly Codec<Column, unknown>[],
  out: BlockWriter,
  column: Column,
  plan: Plan,
): void {
  if (plan.use() && tried(codecs, out, column, plan)) return;
  let left = codecs;
  for (;;) {
    const best = bestOf(left, column, plan.level);
    assert(best !== undefined, 'there is a codec for any values');
    plan.choose(best.codec.id, best.parameters);
    if (tried(codecs, out, column, plan)) return;
    left = left.filter((codec) => codec !== best.codec);
  }
}

/** The codec of the fewest bits among those that fit, and that take fewer than `bitsMax`. */
export function bestOf<Column>(
  codecs: readonly Codec<Column, unknown>[],
  column: Column,
  level: Level,
  bitsMax = Number.POSITIVE_INFINITY,
) {
  let best: (Judgement & { readonly codec: Codec<Column, unknown> }) | undefined;
  for (const codec of codecs) {
    const max = best?.bits ?? bitsMax;
    const judgement = codec.judge(column, level, max);
    if (judgement !== undefined && judgement.bits < max) {
      best = { codec, bits: judgement.bits, parameters: judgement.parameters };
    }
  }
  return best;
}

function tried<Column>(
  codecs: readonly Codec<Column, unknown>[],
  out: BlockWriter,
  column: Column,
  plan: Plan,
): boolean {
  const codec = withId(codecs, plan.codec);
  if (codec === undefined) return false;
  const mark = out.mark();
  out.head.u8(codec.id);
  if (codec.write(out, column, plan)) return true;
  out.restore(mark);
  return false;
}

function withId<Each extends { readonly id: number }>(
  codecs: readonly Each[],
  id: number,
): Each | undefined {
  const codec = codecs[id];
  return codec?.id === id ? codec : codecs.find((each) => each.id === id);
}

/** The codecs that fit, those of few bits first. */
export function ranked<Column>(
  codecs: readonly Codec<Column, unknown>[],
  column: Column,
  level: Level,
) {
  return codecs
    .flatMap((codec) => {
      const judgement = codec.judge(column, level, Number.POSITIVE_INFINITY);
      return judgement === undefined ? [] : [{ codec, ...judgement }];
    })
    .sort((left, right) => left.bits - right.bits);
}

/** Reads what `writeWithBest` wrote. `count` is held against what the block may have before there is room for as many values. */
export function readWithNamed<Values>(
  codecs: readonly Codec<never, Values>[],
  reader: BlockReader,
  count: number,
): Values {
  const codec = withId(codecs, reader.head.u8());
  if (codec === undefined) throw reader.fail('there is no such codec');
  reader.allow(count);
  return codec.read(reader, count);
}
