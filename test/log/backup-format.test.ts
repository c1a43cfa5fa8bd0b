import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import {
  type BackupFrame,
  backupVersion,
  decodeBackup,
  encodeBackup,
} from '../../src/log/backup-format.ts';
import { backupFrames, stream } from './support/backup-frames.ts';

const small = backupFrames;
const [first] = small;
const header = first!;
const block = (...bytes: number[]): BackupFrame => ({
  kind: 'block',
  bytes: Uint8Array.from(bytes),
});
const record = (...bytes: number[]): BackupFrame => ({
  kind: 'record',
  bytes: Uint8Array.from(bytes),
});

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** A frame of any kind with a right checksum, as nobody writes it. */
function rawFrame(number: number, kind: number, payload: Uint8Array): Uint8Array {
  const named = new Uint8Array(new Float64Array([number, kind]).buffer);
  const crc = crc32(payload, crc32(named));
  return Uint8Array.from([...uint32(payload.length), kind, ...payload, ...uint32(crc)]);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

async function bytesOf(frames: readonly BackupFrame[]): Promise<Uint8Array> {
  const pieces = await listOf(encodeBackup(stream(frames)));
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** The frames that came before it ended, and what it ended with. */
async function readBack(
  pieces: Iterable<Uint8Array>,
): Promise<{ frames: BackupFrame[]; reason: string | undefined }> {
  const frames: BackupFrame[] = [];
  try {
    for await (const frame of decodeBackup(stream(pieces))) frames.push(frame);
    return { frames, reason: undefined };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { frames, reason: error.reason };
  }
}

describe('a backup', () => {
  test('comes back as it was, however its bytes are cut into pieces', async () => {
    const payloads = fc.uint8Array({ maxLength: 300 });
    const frameLists = fc.record({
      blocks: fc.array(payloads, { maxLength: 5 }),
      records: fc.array(payloads, { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(frameLists, fc.integer({ min: 1, max: 400 }), async (lists, size) => {
        const frames: BackupFrame[] = [
          header,
          ...lists.blocks.map((bytes) => ({ kind: 'block' as const, bytes })),
          ...lists.records.map((bytes) => ({ kind: 'record' as const, bytes })),
        ];
        const bytes = await bytesOf(frames);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        expect(await readBack(pieces)).toEqual({ frames, reason: undefined });
      }),
    );
  });

  test('[I9] is found out to be cut short, at every byte', async () => {
    const bytes = await bytesOf(small);
    for (let length = 0; length < bytes.length; length++) {
      const { frames, reason } = await readBack([bytes.subarray(0, length)]);
      expect(reason).toBe('BACKUP_CORRUPT');
      expect(frames).toEqual(small.slice(0, frames.length));
    }
  });

  test('[I9] is found out to be damaged, by every flipped bit', async () => {
    const bytes = await bytesOf(small);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const { frames, reason } = await readBack([damaged]);
      expect(reason).toMatch(/^BACKUP_(CORRUPT|VERSION)$/);
      expect(frames).toEqual(small.slice(0, frames.length));
    }
  });

  test('[I9] is found out to lack a frame, or to have them in another order', async () => {
    const pieces = await listOf(encodeBackup(stream(small)));
    for (let out = 1; out < pieces.length; out++) {
      expect((await readBack(pieces.toSpliced(out, 1))).reason).toBe('BACKUP_CORRUPT');
      if (out + 1 < pieces.length) {
        const swapped = pieces.toSpliced(out, 2, pieces[out + 1]!, pieces[out]!);
        expect((await readBack(swapped)).reason).toBe('BACKUP_CORRUPT');
      }
    }
    expect((await readBack([...pieces, Uint8Array.of(0)])).reason).toBe('BACKUP_CORRUPT');
  });

  test('of frames in no order is none, though each is whole', async () => {
    const lists: BackupFrame[][] = [
      [],
      [block(1)],
      [small[0]!, small[0]!],
      [small[0]!, record(1), block(1)],
    ];
    for (const frames of lists) {
      expect((await readBack([await bytesOf(frames)])).reason).toBe('BACKUP_CORRUPT');
    }
  });

  test('with a header, a trailer or a kind of frame that cannot be is none', async () => {
    const [prefix, first] = await listOf(encodeBackup(stream(small)));
    const bad = [
      [rawFrame(0, 0, new Uint8Array(39))],
      [first!, rawFrame(1, 3, new Uint8Array(15))],
      [first!, rawFrame(1, 4, new Uint8Array(0))],
      [Uint8Array.of(0, 0, 0, 255, 0)],
    ];
    for (const frames of bad) {
      expect((await readBack([prefix!, ...frames])).reason).toBe('BACKUP_CORRUPT');
    }
    const good = [first!, rawFrame(1, 3, new Uint8Array(16))];
    expect((await readBack([prefix!, ...good])).reason).toBeUndefined();
  });

  test('that version 1 of the format wrote is read for ever', async () => {
    const bytes = readFileSync(join(import.meta.dirname, '../fixtures/backup-1.syncdb-backup'));
    expect(await readBack([bytes])).toEqual({ frames: [...small], reason: undefined });
  });

  test('of a newer format says that a newer SyncDB is needed', async () => {
    const bytes = await bytesOf(small);
    bytes[4] = backupVersion + 1;
    expect((await readBack([bytes])).reason).toBe('BACKUP_VERSION');
  });
});
