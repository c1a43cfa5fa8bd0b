import type { Level } from '../../src/codec/plan.ts';
import { blockCodecOf, levels } from './block-codec.ts';
import { gzip, type JsonCodec, otherJsonCodecs } from './json-codecs.ts';
import type { Row, Table } from './table.ts';

/** A way to write a table's batches. */
export interface Format {
  readonly name: string;
  /** How often it is timed; 0 for what takes so long that its first time, when it is checked, tells enough. */
  readonly rounds: number;
  encode(batches: readonly (readonly Row[])[]): Promise<readonly Uint8Array[]>;
  decode(block: Uint8Array): Row[];
}

/** The name of what all is compared with. */
export const baselineName = gzip.name;

const rounds = 5;
const slow: readonly string[] = ['small', 'brotli 9', 'zstd 19'];

/** What is compared: JSON with gzip, and column blocks at each level. */
export function formatsOf(table: Table): Format[] {
  const codec = blockCodecOf(table.fields);
  const blocks = levels.map((level: Level) => ({
    name: level,
    rounds: roundsOf(level),
    encode: (batches: readonly (readonly Row[])[]) => codec.encode(batches, level),
    decode: codec.decode,
  }));
  return [formatOf(gzip), ...blocks];
}

/** What stands beside them in the plot. */
export function otherFormats(): Format[] {
  return otherJsonCodecs.map(formatOf);
}

function formatOf({ name, encode, decode }: JsonCodec): Format {
  return { name, rounds: roundsOf(name), encode: async (batches) => batches.map(encode), decode };
}

function roundsOf(name: string): number {
  return slow.includes(name) ? 0 : rounds;
}
