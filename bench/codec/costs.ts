import { isDeepStrictEqual } from 'node:util';
import { verify } from '../support/rounds.ts';
import type { Format } from './formats.ts';
import type { Row } from './table.ts';

/** What a table takes in a format. */
export interface Cost {
  readonly bytes: number;
  /** Processor time from rows to bytes, and back: of the best round, in which least of other things was done beside. */
  readonly encodeMs: number;
  readonly decodeMs: number;
}

export type Costs = Readonly<Record<string, Cost>>;

/** A sample of less says little. */
const sampleMs = 10;
const repeatsMax = 50;
/** Until then code is still being compiled, for every table anew since its rows are of another shape. */
const warmUpMs = 150;

interface Runner {
  readonly format: Format;
  readonly blocks: readonly Uint8Array[];
  readonly repeats: number;
  readonly encodeMs: number[];
  readonly decodeMs: number[];
  /** What was read last. Who reads rows keeps them: V8 forgets what it knows of objects of which none is left when it collects. */
  rows: readonly Row[];
}

/**
 * What batches take in each format, by its name. Formats take turns, and each is checked before: the rows that come back are those
 * that went in, and whenever it is timed it gives the same bytes.
 */
export async function costsOf(
  formats: readonly Format[],
  batches: readonly (readonly Row[])[],
): Promise<Costs> {
  const runners: Runner[] = [];
  for (const format of formats) runners.push(await checked(format, batches));
  const rounds = Math.max(...formats.map((format) => format.rounds));
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    for (const runner of runners) if (round < runner.format.rounds) await time(runner, batches);
  }
  return Object.fromEntries(runners.map((runner) => [runner.format.name, costOf(runner)]));
}

async function checked(format: Format, batches: readonly (readonly Row[])[]): Promise<Runner> {
  let blocks: readonly Uint8Array[] = [];
  const encodeMs = await processorMs(async () => {
    blocks = await format.encode(batches);
  });
  const read: Row[][] = [];
  const decodeMs = await processorMs(async () => {
    for (const block of blocks) read.push(format.decode(block));
  });
  verify(isDeepStrictEqual(read, batches), `${format.name} gives other rows back`);
  const isSlow = format.rounds === 0;
  const repeats = isSlow ? 1 : await warmedUp(format, batches);
  return {
    ...{ format, blocks, repeats },
    encodeMs: isSlow ? [encodeMs] : [],
    decodeMs: isSlow ? [decodeMs] : [],
    rows: read[0] ?? [],
  };
}

/** Runs a format until it is as fast as it gets, and tells how often to run it for a sample. */
async function warmedUp(format: Format, batches: readonly (readonly Row[])[]): Promise<number> {
  let passMs = 0;
  for (let spentMs = 0; spentMs < warmUpMs; spentMs += passMs) {
    passMs = await processorMs(async () => {
      for (const block of await format.encode(batches)) format.decode(block);
    });
  }
  return Math.min(repeatsMax, Math.ceil(sampleMs / passMs));
}

async function time(runner: Runner, batches: readonly (readonly Row[])[]): Promise<void> {
  const { format, blocks, repeats } = runner;
  let written: readonly Uint8Array[] = blocks;
  const encodeMs = await processorMs(async () => {
    for (let left = repeats; left > 0; left--) written = await format.encode(batches);
  });
  const isSame = written.every((block, index) => Buffer.compare(block, blocks[index]!) === 0);
  verify(isSame, `${format.name} gives other bytes the next time`);
  let rows = 0;
  const decodeMs = await processorMs(async () => {
    for (let left = repeats; left > 0; left--) {
      for (const block of blocks) {
        runner.rows = format.decode(block);
        rows += runner.rows.length;
      }
    }
  });
  const wanted = repeats * batches.reduce((sum, { length }) => sum + length, 0);
  verify(rows === wanted, `${format.name} gives ${rows} rows back`);
  runner.encodeMs.push(encodeMs / repeats);
  runner.decodeMs.push(decodeMs / repeats);
}

function costOf({ blocks, encodeMs, decodeMs }: Runner): Cost {
  return {
    bytes: blocks.reduce((sum, { length }) => sum + length, 0),
    encodeMs: Math.min(...encodeMs),
    decodeMs: Math.min(...decodeMs),
  };
}

/** Processor time of all threads, which is the same on a busy machine: garbage that is collected counts, waiting does not. */
async function processorMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
