import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotInfo, SnapshotStore } from '../../src/log/snapshot-store.ts';
import { verify } from '../support/rounds.ts';

/** Read in one piece, however small the blocks are. */
const pieceBytes = 4 << 20;

/**
 * One snapshot in a plain file of blocks, each behind its length. It stands in for the store of snapshots in SQLite:
 * put that here once it is there.
 */
export function openBlockFiles(folder: string): SnapshotStore {
  const blocksPath = join(folder, 'rows.blocks');
  const infoPath = join(folder, 'rows.info');
  const list = (): SnapshotInfo[] => {
    try {
      return [JSON.parse(readFileSync(infoPath, 'utf8')) as SnapshotInfo];
    } catch {
      return [];
    }
  };
  return {
    list: async () => list(),
    begin: async (position) => {
      const file = openSync(blocksPath, 'w');
      let blockCount = 0;
      let bytes = 0;
      return {
        add: async (block) => {
          writeSync(file, Uint32Array.of(block.length));
          writeSync(file, block);
          blockCount++;
          bytes += block.length;
        },
        complete: async () => {
          fsyncSync(file);
          closeSync(file);
          const info = { id: 1, position, blockCount, bytes, createdMs: Date.now() };
          writeFileSync(infoPath, JSON.stringify(info));
          return info;
        },
        abandon: async () => closeSync(file),
      };
    },
    read: () => blocksOf(blocksPath),
    keep: async () => {},
    close: async () => {},
  };
}

async function* blocksOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  let rest: Uint8Array = new Uint8Array(0);
  for (;;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const { bytesRead } = await file.read(piece, 0, pieceBytes);
    if (bytesRead === 0) break;
    const bytes = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
    let start = 0;
    while (start + 4 <= bytes.length) {
      const length = bytes.readUInt32LE(start);
      if (start + 4 + length > bytes.length) break;
      yield bytes.subarray(start + 4, start + 4 + length);
      start += 4 + length;
    }
    rest = bytes.subarray(start);
  }
  await file.close();
  verify(rest.length === 0, 'the file of blocks ends within one');
}
