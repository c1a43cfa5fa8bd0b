/** Blocks that were right once, with some bytes otherwise: a reader refuses them, or has rows of them. */
import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { createPrng } from '../sim/prng.ts';
import {
  type BlockSample,
  blockBytesMax,
  blockSamples,
  constantSamples,
} from './support/block-samples.ts';
import { mutatedFrames } from './support/mutated-block.ts';

/** `SYNCDB_MUTATED_BLOCKS=1000000` reads as many as the promise says; `_SEED` begins elsewhere, `_FIRST` tries from one on. */
const total = Number(process.env.SYNCDB_MUTATED_BLOCKS ?? 4_000);
const seed = Number(process.env.SYNCDB_MUTATED_SEED ?? 1);
const first = Number(process.env.SYNCDB_MUTATED_FIRST ?? 0);

/** One of so many that could be read is written again. */
const againEvery = 8;

/** Bytes that are made of a block at the most, for each that its frames may come to: a text of one character takes some tens. */
const bytesPerByteMax = 64;

/** What a reader may take at the most, on whatever machine: it would be hours where counts were believed. */
const readMsMax = 20_000;

/** What took longer is read once more: it may have been the machine. */
const stalledMs = 100;

const refusals: readonly Code[] = [Code.dataLoss, Code.invalidArgument];

/** Of the blocks that come to much: each takes as long as many others. */
const constantShare = 0.002;

interface Samples {
  readonly varied: readonly BlockSample[];
  readonly constant: readonly BlockSample[];
}

interface Tried {
  readonly outcome: string;
  readonly ms: number;
  readonly bytesMade: number;
}

const usedBytes = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

function tryOne(samples: Samples, number: number, isAgain = false): Tried {
  const random = createPrng(seed, `block ${number}`);
  const sample = random.pick(random.chance(constantShare) ? samples.constant : samples.varied);
  const { frames } = mutatedFrames(sample, random.pick(samples.varied), random);
  const { kind } = sample;
  const before = usedBytes();
  const startMs = performance.now();
  let outcome: string;
  let read: unknown;
  try {
    read = kind.read(frames());
    outcome = 'rows';
  } catch (error) {
    outcome = outcomeOf(error, `${number}: ${sample.name}`);
  }
  const ms = performance.now() - startMs;
  if (ms > stalledMs && !isAgain) return tryOne(samples, number, true);
  const bytesMade = usedBytes() - before;
  if (outcome === 'rows' && number % againEvery === 0) {
    expect(kind.again(read), `${number}: ${sample.name}`).toEqual(read);
  }
  return { outcome, ms, bytesMade };
}

function outcomeOf(error: unknown, what: string): string {
  const isRefused = error instanceof SyncError && refusals.includes(error.code);
  if (isRefused) return error.reason;
  throw new Error(`block ${what} is not refused as it should be`, { cause: error });
}

test(`[P16][I13] ${total} mutated blocks are refused or have rows, in bounded time and memory`, () => {
  const samples = { varied: blockSamples(seed), constant: constantSamples() };
  for (const { kind, frames } of samples.varied) {
    const read = kind.read(frames);
    expect(kind.again(read)).toEqual(read);
  }
  const outcomes = new Map<string, number>();
  let slowest = { ms: 0, number: 0 };
  let largest = { bytesMade: 0, number: 0 };
  const startMs = performance.now();
  for (let number = first; number < first + total; number++) {
    const { outcome, ms, bytesMade } = tryOne(samples, number);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (ms > slowest.ms) slowest = { ms, number };
    if (bytesMade > largest.bytesMade) largest = { bytesMade, number };
  }
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const found = { total, seconds, ...Object.fromEntries(outcomes), slowest, largest };
  if (process.env.SYNCDB_MUTATED_BLOCKS !== undefined) {
    process.stdout.write(`${JSON.stringify(found)}
`);
  }
  expect(outcomes.get('rows')).toBeGreaterThan(total / 100);
  expect(outcomes.get('MALFORMED_BYTES')).toBeGreaterThan(total / 100);
  expect(slowest.ms).toBeLessThan(readMsMax);
  expect(largest.bytesMade).toBeLessThan(blockBytesMax * bytesPerByteMax);
}, 7_200_000);
