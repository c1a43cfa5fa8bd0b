import { isDeepStrictEqual } from 'node:util';
import { verify } from '../support/rounds.ts';
import { blockCodecOf, levels } from './block-codec.ts';
import { jsonBytes } from './json-codecs.ts';
import { batchesOf, type Table } from './table.ts';

/** A batch that is worse than others. */
export interface Worst {
  /** Its bytes as a part of those of its plain JSON. */
  readonly ratio: number;
  /** Which it is. */
  readonly what: string;
}

/** From so many rows on a batch promises something. */
export const promisedRowsMin = 50;
const rowCounts = [promisedRowsMin, 100, 500, 2_000];
/** Of a table's batches so many are tried, from its first to its last rows. */
const triedMax = 8;

/** The worst of a table's small batches, each by itself and at each level, against plain JSON. */
export async function worstSmallBatch(table: Table): Promise<Worst> {
  const codec = blockCodecOf(table.fields);
  let worst: Worst = { ratio: 0, what: '' };
  for (const count of rowCounts) {
    const batches = batchesOf(table.rows, count).filter(({ length }) => length >= promisedRowsMin);
    const step = Math.max(1, batches.length / triedMax);
    for (let next = 0; next < batches.length; next += step) {
      const index = Math.floor(next);
      const batch = batches[index]!;
      const plain = jsonBytes(batch).length;
      for (const level of levels) {
        const [block] = await codec.encode([batch], level);
        const what = `${table.name}, rows ${index * count} to ${index * count + batch.length}, ${level}`;
        verify(isDeepStrictEqual(codec.decode(block!), batch), `${what} come back as others`);
        const ratio = block!.length / plain;
        if (ratio > worst.ratio) worst = { ratio, what };
      }
    }
  }
  return worst;
}
