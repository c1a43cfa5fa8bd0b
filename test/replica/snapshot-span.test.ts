import { expect, test } from 'vitest';
import { SnapshotSpanReader } from '../../src/replica/snapshot-span.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const logId = new Uint8Array(16).fill(3);

function snapshotOf(model: ModelHome): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (const block of model.home.gather(logId)) {
    if (block !== undefined) blocks.push(block);
    model.write('ann', [put(itemTable, `late-${blocks.length}`, {})]);
  }
  return blocks;
}

test('a snapshot tells of which log it is, and at which commits it began and ended', () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  const chain = model.home.chainHash;
  const reader = new SnapshotSpanReader();
  for (const block of snapshotOf(model)) reader.add(block);
  // The commit behind the last block is not in it.
  const wholeAtSeq = model.state.head - 1;
  expect(reader.finish()).toEqual({ logId, seq: 1, chain, wholeAtSeq });
});

test('[I9] one that lacks a block tells nothing', () => {
  const blocks = snapshotOf(new ModelHome());
  const cut = new SnapshotSpanReader();
  for (const block of blocks.slice(0, -1)) cut.add(block);
  expect(syncErrorOf(() => cut.finish()).reason).toBe('MALFORMED_BYTES');
  expect(syncErrorOf(() => new SnapshotSpanReader().finish()).reason).toBe('MALFORMED_BYTES');
  const torn = new SnapshotSpanReader();
  torn.add(blocks[0]!);
  expect(syncErrorOf(() => torn.add(blocks[2]!)).reason).toBe('MALFORMED_BYTES');
});
