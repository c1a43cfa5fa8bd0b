import { describe, expect, it } from 'vitest';
import { createMemorySnapshots } from '../../src/log/memory-snapshots.ts';
import { describeSnapshotContract, take } from './snapshot-contract.ts';

describeSnapshotContract({
  name: 'snapshots in memory',
  persists: false,
  makeFixture: () => ({ open: async () => createMemorySnapshots(), dispose: () => {} }),
});

describe('snapshots in memory', () => {
  it('take the time from who makes them', async () => {
    const store = createMemorySnapshots({ nowMs: () => 77 });
    expect((await take(store, 1, [])).createdMs).toBe(77);
  });
});
