import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import type { Outcome } from '../../src/change/commit.ts';
import {
  decodeEditsFile,
  type EditsFile,
  editsFileVersion,
  encodeEditsFile,
} from '../../src/client/edits-file.ts';
import { transactionOf } from '../session/support/messages.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { transaction } from '../support/model-schema.ts';

const refused: Outcome = {
  ...{ replica: 'ann', counter: 1, status: 'refused', conflicts: 0 },
  refusal: { reason: 'R', message: 'm', changeIndex: 0, currentEtag: '', violations: [] },
};

const small: EditsFile = {
  database: 'field',
  schemaVersion: 3,
  schemaFingerprint: 'abc',
  replicaId: 'ann',
  createdMs: 1_700_000_000_000,
  transactions: [transactionOf('ann', 2), transactionOf('bob', 7)],
  parked: [{ transaction: transactionOf('ann', 1), outcome: refused }],
};

async function reasonOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await decodeEditsFile(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return error.reason;
  }
}

const anyTransaction = fc
  .tuple(fc.string(), fc.nat(), fc.array(anyEdit, { minLength: 1, maxLength: 3 }))
  .map(([replica, counter, edits]) =>
    transaction(
      replica,
      counter,
      edits.map((edit) => changeOf(edit)),
    ),
  );

describe('a file of edits', () => {
  test('[P35] comes back as it was, however its bytes are cut into pieces', async () => {
    const files = fc.record({
      database: fc.string(),
      schemaVersion: fc.nat(),
      schemaFingerprint: fc.string(),
      replicaId: fc.string(),
      createdMs: fc.nat(),
      transactions: fc.array(anyTransaction, { maxLength: 5 }),
      parked: fc.array(
        anyTransaction.map((transaction) => ({ transaction, outcome: refused })),
        { maxLength: 2 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 200 }), async (file, size) => {
        const bytes = await encodeEditsFile(file);
        async function* pieces() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        expect(await decodeEditsFile(pieces())).toEqual(file);
      }),
    );
  });

  test('[P37] is refused where it was cut off, at every byte, and where something is behind it', async () => {
    const bytes = await encodeEditsFile(small);
    for (let length = 0; length < bytes.length; length++) {
      expect(await reasonOf(bytes.subarray(0, length))).toBe('EDITS_FILE_CORRUPT');
    }
    expect(await reasonOf(Uint8Array.of(...bytes, 0))).toBe('EDITS_FILE_CORRUPT');
  });

  test('[P37] is refused with any bit flipped', async () => {
    const bytes = await encodeEditsFile(small);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      expect(['EDITS_FILE_CORRUPT', 'EDITS_FILE_VERSION']).toContain(await reasonOf(flipped));
    }
  });

  test('is refused where it is something else, and the error says at which byte', async () => {
    const error = await decodeEditsFile(new TextEncoder().encode('{"edits": []}')).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      reason: 'EDITS_FILE_CORRUPT',
      message:
        'the file of edits is damaged at byte 0: it is no file of edits; nothing of it was taken',
      metadata: { byte: '0' },
    });
  });

  test('closes where it comes from, which is not read to its end, and says what is wrong with the file', async () => {
    const bytes = await encodeEditsFile(small);
    const fate = { closed: 0 };
    async function* source(first: Uint8Array, fails = false) {
      try {
        yield first;
        if (fails) throw new Error('the disk');
        yield bytes;
      } finally {
        fate.closed++;
      }
    }
    const corrupt = { reason: 'EDITS_FILE_CORRUPT' };
    for (const damaged of [bytes.with(0, 0), bytes.with(20, bytes[20]! ^ 1), bytes]) {
      await expect(decodeEditsFile(source(damaged))).rejects.toMatchObject(corrupt);
    }
    await expect(decodeEditsFile(source(new Uint8Array(0), true))).rejects.toThrow('the disk');
    expect(fate.closed).toBe(4);
  });

  test('says what is wrong with it also where its source cannot be closed, and closes none that has ended', async () => {
    const bytes = await encodeEditsFile(small);
    const pieces = [bytes];
    let asked = 0;
    const stubborn = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const value = pieces.shift();
          return value === undefined ? ({ done: true, value } as const) : { done: false, value };
        },
        return: async () => {
          asked++;
          throw new Error('stuck');
        },
      }),
    };
    await decodeEditsFile(stubborn);
    expect(asked).toBe(0);
    pieces.push(bytes.with(0, 0));
    await expect(decodeEditsFile(stubborn)).rejects.toMatchObject({ reason: 'EDITS_FILE_CORRUPT' });
    expect(asked).toBe(1);
  });

  test('of a newer format is refused with what to do', async () => {
    const bytes = await encodeEditsFile(small);
    bytes[4] = editsFileVersion + 1;
    expect(await reasonOf(bytes)).toBe('EDITS_FILE_VERSION');
  });

  test('of version 1 can be read, and is still written so', async () => {
    const path = join(import.meta.dirname, '../fixtures/edits-1.hex');
    const written = new Uint8Array(
      Buffer.from(readFileSync(path, 'utf8').replaceAll('\n', ''), 'hex'),
    );
    expect(await decodeEditsFile(written)).toEqual(small);
    expect(await encodeEditsFile(small)).toEqual(written);
  });
});
