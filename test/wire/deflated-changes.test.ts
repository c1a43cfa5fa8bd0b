import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { RowChanges } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { deflateChanges, inflateChanges } from '../../src/wire/deflated-changes.ts';
import { deflatedRows, noRows, plainRows, rowsFromWire } from '../../src/wire/delta-rows.ts';
import { firstSyncRows } from '../codec/support/packed-rows.ts';
import { createPrng } from '../sim/prng.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import { rowDeltas } from './support/messages.ts';

const schema = createSchema([RecordSchema], { limits: defaultLimits });
const reading = { schema, compressors: [], limits: defaultLimits };
const read = (rows: typeof noRows, limits = defaultLimits) =>
  rowsFromWire(rows, { ...reading, limits }, 'delta');

const { changes } = plainRows(firstSyncRows(1_000));
const good = (await deflateChanges(changes))!;

describe('rows that are deflated', () => {
  test('[P16] come out as they do plain, whatever they are', async () => {
    const some = fc.array(rowDeltas('rows'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(some, async (rows) => {
        expect(read(await deflatedRows(rows))).toEqual(read(plainRows(rows)));
      }),
    );
  });

  test('are a message of the protocol that anything inflates, in less than half of its bytes', () => {
    const bytes = inflateRawSync(good.deflatedChanges);
    expect(bytes).toHaveLength(good.deflatedBytes);
    expect(bytes.equals(RowChanges.encode({ changes }).finish())).toBe(true);
    expect(good.deflatedChanges.length).toBeLessThan(bytes.length / 2);
  });

  test('are plain where they are few, and where nothing is saved', async () => {
    const bare = { ...changes[0]!, scopes: [], table: '', modifiedBy: '', etag: '' };
    const random = createPrng(1);
    const rowOf = (length: number, byte: () => number) => {
      const value = Uint8Array.from({ length }, byte);
      return deflateChanges([{ ...bare, row: { typeUrl: '', value } }]);
    };
    expect(await rowOf(100, () => 7)).toBeUndefined();
    expect(await rowOf(300, () => 7)).toMatchObject({ deflatedBytes: expect.any(Number) });
    expect(await rowOf(300, () => random.below(256))).toBeUndefined();
    const few = await deflatedRows([{ ...firstSyncRows(1)[0]!, row: new Uint8Array(0) }]);
    expect([few.changes.length, few.deflatedBytes]).toEqual([1, 0]);
  });

  test('are the same whether they are deflated here or on another thread', async () => {
    const at = (count: number) => deflateChanges(changes.slice(0, count));
    expect(at(20)).not.toBeInstanceOf(Promise);
    expect(at(1_000)).toBeInstanceOf(Promise);
    expect(inflateChanges((await at(1_000))!, defaultLimits, 'delta')).toEqual(changes);
  });
});

describe('rows that cannot be inflated are refused', () => {
  const over = defaultLimits.messageBytesMax + 1;
  const garbage = Uint8Array.of(0xff, 0xff);

  test.each([
    [
      'larger than a message',
      { ...good, deflatedBytes: over },
      'BATCH_TOO_LARGE',
      'deflated_bytes',
    ],
    [
      'shorter than it says',
      { ...good, deflatedBytes: good.deflatedBytes + 1 },
      'WRONG_LENGTH',
      'deflated_bytes',
    ],
    ['beside others', { ...good, changes }, 'TWO_ENCODINGS', 'deflated_changes'],
    [
      'with a bad row',
      deflated(RowChanges.encode({ changes: [changes[0]!, { ...changes[1]!, type: 0 }] }).finish()),
      'UNKNOWN_ENUM_VALUE',
      'deflated_changes.changes[1].type',
    ],
  ])('%s', (_, wire, reason, field) => {
    expect(refusalOf(() => read({ ...noRows, ...wire }))).toEqual({
      reason,
      fields: [`delta.${field}`],
    });
  });

  test('where they are no message', () => {
    const refusal = refusalOf(() => read({ ...noRows, ...deflated(garbage) }));
    expect(refusal.reason).toBe('MALFORMED_MESSAGE');
  });

  test.each([
    ['they inflate to more than they say', { ...good, deflatedBytes: good.deflatedBytes - 1 }],
    ['they are damaged', { ...good, deflatedChanges: good.deflatedChanges.subarray(0, 50) }],
  ])('where %s', (_, wire) => {
    expect(syncErrorOf(() => read({ ...noRows, ...wire }))).toMatchObject({
      ...{ code: Code.dataLoss, reason: 'BAD_COMPRESSION' },
    });
  });

  test('one byte over the limit, and taken at it', () => {
    const limits = { ...defaultLimits, messageBytesMax: good.deflatedBytes };
    expect(read({ ...noRows, ...good }, limits)).toHaveLength(1_000);
    const tight = { ...limits, messageBytesMax: good.deflatedBytes - 1 };
    expect(refusalOf(() => read({ ...noRows, ...good }, tight)).reason).toBe('BATCH_TOO_LARGE');
  });
});

function deflated(bytes: Uint8Array) {
  return { deflatedChanges: deflateRawSync(bytes), deflatedBytes: bytes.length };
}
