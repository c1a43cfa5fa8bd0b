/** Batches as they come out of a block again. */
import { type Batch, readBatch, writeBatch } from '../../../../src/codec/batch.ts';
import { BlockReader } from '../../../../src/codec/block-reader.ts';
import { BlockWriter } from '../../../../src/codec/block-writer.ts';
import { type Level, Plan } from '../../../../src/codec/plan.ts';

const valuesMax = 10_000_000;

/** The frames of a block, before they are compressed. */
export function framesOf(batch: Batch, level: Level = 'fast'): Uint8Array[] {
  const out = new BlockWriter();
  writeBatch(out, batch, new Plan(level));
  return out.frames().map(({ bytes }) => bytes);
}

export function batchOfFrames(frames: readonly Uint8Array[]): Batch {
  const reader = new BlockReader(frames, valuesMax);
  const batch = readBatch(reader, valuesMax);
  reader.end();
  return batch;
}

export function throughBlock(batch: Batch, level?: Level): Batch {
  return batchOfFrames(framesOf(batch, level));
}
