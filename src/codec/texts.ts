import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';
import { readWithNamed, writeWithBest } from './codec.ts';
import type { Plan } from './plan.ts';
import { type TextCodec, Texts } from './text-codec.ts';
import { textCodes } from './text-codes.ts';
import { areSame, textConstant } from './text-constant.ts';
import { textFront } from './text-front.ts';
import { textHex } from './text-hex.ts';
import { textPlain } from './text-plain.ts';
import { textTemplate } from './text-template.ts';
import { textUlid } from './text-ulid.ts';
import { textUuid } from './text-uuid.ts';
import { textWords } from './text-words.ts';

/** In the order in which they are judged: those that know soon whether they fit come first. */
const quickCodecs: readonly TextCodec[] = [
  textPlain,
  textUuid,
  textUlid,
  textHex,
  textTemplate,
  textCodes,
  textFront,
];

/** Those of which the best is looked for; at level `fast` the quick ones alone. */
const judgedCodecs: readonly TextCodec[] = [...quickCodecs, textWords];

export const textCodecs: readonly TextCodec[] = [...judgedCodecs, textConstant];

/** Writes strings, all well-formed: nothing where there are none, else the codec's number and what it writes. */
export function writeTexts(out: BlockWriter, values: readonly string[], plan: Plan): void {
  if (values.length === 0) return;
  const texts = new Texts(values);
  if (areSame(values)) {
    // Whatever was planned for others.
    out.head.u8(textConstant.id);
    textConstant.write(out, texts, plan);
    return;
  }
  writeWithBest(plan.level === 'fast' ? quickCodecs : judgedCodecs, out, texts, plan);
}

/** Reads what `writeTexts` wrote. */
export function readTexts(reader: BlockReader, count: number): string[] {
  return count === 0 ? [] : readWithNamed(textCodecs, reader, count);
}
