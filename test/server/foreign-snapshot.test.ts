import { describe, expect, it } from 'vitest';
import { isOfAnother } from '../../src/server/foreign-snapshot.ts';
import { MemorySnapshots } from '../support/memory-snapshots.ts';
import { ModelHome } from '../support/model-home.ts';

const [id, otherId] = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(8)];

async function setUp() {
  const snapshots = new MemorySnapshots();
  const writer = await snapshots.begin(0);
  for (const block of new ModelHome().home.gather(id)) {
    if (block !== undefined) await writer.add(block);
  }
  return { snapshots, snapshot: await writer.complete() };
}

describe('a snapshot', () => {
  it('is of the log of which it says that it is', async () => {
    const { snapshots, snapshot } = await setUp();
    expect(await isOfAnother(snapshots, snapshot, id)).toBe(false);
    expect(await isOfAnother(snapshots, snapshot, otherId)).toBe(true);
  });

  it.each([
    ['cannot be read', new Uint8Array(0)],
    ['is none of a snapshot', new Uint8Array(30)],
  ])('says nothing of that where its first block %s', async (_, block) => {
    const { snapshots, snapshot } = await setUp();
    snapshots.kept[0]!.blocks[0] = block;
    expect(await isOfAnother(snapshots, snapshot, otherId)).toBe(false);
    snapshots.kept[0]!.blocks.length = 0;
    expect(await isOfAnother(snapshots, snapshot, otherId)).toBe(false);
  });

  it('is not judged where the disk fails', async () => {
    const { snapshots, snapshot } = await setUp();
    const failing = Object.assign(snapshots, {
      read: () => {
        throw new Error('the disk is gone');
      },
    });
    await expect(isOfAnother(failing, snapshot, id)).rejects.toThrow('the disk is gone');
  });
});
