import { expect, it } from 'vitest';
import { SnapshotSpans } from '../../src/cli/snapshot-spans.ts';
import type { SnapshotInfo } from '../../src/log/snapshot-store.ts';
import type { SnapshotsReport } from '../../src/log/verify-snapshots.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';

const model = new ModelHome();
model.write('ann', [put(itemTable, 'i', {})]);
const id = new Uint8Array(16);
const blocks = [...model.home.gather(id)].filter((block) => block !== undefined);
const infoOf = (number: number): SnapshotInfo => ({
  ...{ id: number, position: 1, blockCount: blocks.length, bytes: 0, createdMs: 0 },
});

function spansOf(
  given: readonly (readonly Uint8Array[])[],
  damaged: number[] = [],
  spans = new SnapshotSpans(),
) {
  for (const [number, of] of given.entries()) {
    for (const bytes of of) spans.onBlock(infoOf(number), bytes);
  }
  const snapshots = given.map((_, number) => ({
    ...{ snapshot: infoOf(number), goodBlocks: 0 },
    damaged: damaged.includes(number) ? [{ block: 0, problem: 'it is missing' }] : [],
  }));
  const report: SnapshotsReport = { path: 'file', snapshots, unsound: [], problems: [] };
  return spans.of(report);
}

const span = { logId: id, seq: 1, chain: model.home.chainHash, wholeAtSeq: 1 };

it('gathers where whole snapshots begin and end, while they are read', () => {
  expect(spansOf([blocks, blocks])).toEqual([span, span]);
  expect(spansOf([blocks, blocks], [0])).toEqual([span]);
});

it('[I9] nothing of one that has no end, another order, or was not read', () => {
  const [header, ...rest] = blocks;
  expect(spansOf([blocks.slice(0, -1), [header!, header!, ...rest], [], blocks])).toEqual([span]);
});

it('knows of which snapshot each is', () => {
  const spans = new SnapshotSpans();
  const found = spansOf([blocks, blocks, blocks], [1], spans);
  expect(found.map((each) => spans.idOf(each))).toEqual([0, 2]);
  expect(spans.idOf({ ...span })).toBeUndefined();
});
