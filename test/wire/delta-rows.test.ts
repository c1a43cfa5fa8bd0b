import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { Delta as DeltaMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { RowDelta } from '../../src/change/row-delta.ts';
import { encodePacked, type PackedRow } from '../../src/codec/packed.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Delta } from '../../src/session/messages.ts';
import { createCompressors, createDeflate, createZstd } from '../../src/wire/compressor.ts';
import { deltaFromWire } from '../../src/wire/delta.ts';
import { firstSyncRows } from '../codec/support/packed-rows.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';
import { wireDelta } from './support/wire-rows.ts';

const compressors = createCompressors();
const schema = createSchema([RecordSchema], { limits: defaultLimits });
const reading = { schema, compressors, limits: defaultLimits };

function read(message: DeltaMessage): Delta {
  return deltaFromWire(message, reading, 'delta');
}

function deltaOf(rows: readonly RowDelta[]): Delta {
  const cursor = Uint8Array.of(1, 2, 3);
  return {
    type: 'delta',
    deltas: rows,
    cursor,
    checkpoint: undefined,
    progress: undefined,
    answeredProbe: 0,
  };
}

const firstSync = deltaOf(firstSyncRows(1_000));

test('the rows of the engine and of the codec are the same', () => {
  const packed: readonly PackedRow[] = [] as readonly RowDelta[];
  const engine: readonly RowDelta[] = [] as readonly PackedRow[];
  expect(packed).toEqual(engine);
});

describe('a packed delta', () => {
  test('[P22][P23] carries a thousand rows in one compressed batch', () => {
    const message = wireDelta(firstSync, 'packed', createZstd());
    expect(message.changes).toEqual([]);
    expect(message.compression).toBe(1);
    expect(message.packedBytes).toBe(encodePacked(firstSync.deltas).length);
    expect(message.packed.length).toBeLessThan(message.packedBytes * 0.8);
    expect(read(message).deltas).toHaveLength(1_000);
  });

  test('is not compressed where that would not make it smaller', () => {
    const [row] = firstSync.deltas as [RowDelta];
    const short = deltaOf([{ ...row, row: row.row.subarray(0, 50) }]);
    const few = wireDelta(short, 'packed', createZstd());
    expect(few.compression).toBe(0);
    expect(few.packed).toHaveLength(few.packedBytes);

    const noise = new Uint8Array(randomBytes(4_000));
    const random = wireDelta(deltaOf([{ ...row, row: noise }]), 'packed', createZstd());
    expect(random.compression).toBe(0);
  });

  test('is nothing where no row changed', () => {
    const message = wireDelta(deltaOf([]), 'packed', createZstd());
    expect(DeltaMessage.encode(message).finish()).toHaveLength(5);
    expect(read(message)).toEqual(deltaOf([]));
  });

  test('has rows that are views of one buffer, and a cursor that is not', () => {
    const message = DeltaMessage.decode(
      DeltaMessage.encode(wireDelta(firstSync, 'packed')).finish(),
    );
    const delta = read(message);
    expect(delta.deltas[5]?.row.buffer).toBe(message.packed.buffer);
    expect(delta.cursor.buffer).not.toBe(message.packed.buffer);
  });
});

describe('a delta is refused', () => {
  const good = wireDelta(firstSync, 'packed', createZstd());
  const rows = wireDelta(deltaOf(firstSync.deltas.slice(0, 2)), 'rows');
  const over = defaultLimits.messageBytesMax + 1;
  const cases: [string, DeltaMessage, string, string][] = [
    ['in two encodings', { ...good, changes: rows.changes }, 'TWO_ENCODINGS', 'packed'],
    [
      'in an unknown compression',
      { ...good, compression: 7 as never },
      'UNKNOWN_ENUM_VALUE',
      'compression',
    ],
    ['larger than a message', { ...good, packedBytes: over }, 'BATCH_TOO_LARGE', 'packed_bytes'],
    [
      'shorter than it says',
      { ...good, packedBytes: good.packedBytes + 1 },
      'WRONG_LENGTH',
      'packed_bytes',
    ],
    [
      'of another length than it says',
      { ...good, compression: 0, packedBytes: good.packed.length - 1 },
      'WRONG_LENGTH',
      'packed_bytes',
    ],
    [
      'with a bad row',
      { ...rows, changes: [rows.changes[0]!, { ...rows.changes[1]!, type: 0 }] },
      'UNKNOWN_ENUM_VALUE',
      'changes[1].type',
    ],
  ];
  test.each(cases)('%s', (_what, message, reason, field) => {
    expect(refusalOf(() => read(message))).toEqual({ reason, fields: [`delta.${field}`] });
  });

  test('in a compression that was not agreed on', () => {
    const act = () => deltaFromWire(good, { ...reading, compressors: [createDeflate()] }, 'delta');
    expect(refusalOf(act).reason).toBe('UNKNOWN_COMPRESSION');
  });

  test('where it unfolds to more than it says', () => {
    const error = syncErrorOf(() => read({ ...good, packedBytes: good.packedBytes - 1 }));
    expect(error).toMatchObject({ code: Code.dataLoss, reason: 'BAD_COMPRESSION' });
  });

  test('where its packed bytes are damaged', () => {
    const bytes = encodePacked(firstSync.deltas).slice(0, -1);
    const damaged = { ...good, compression: 0 as const, packed: bytes, packedBytes: bytes.length };
    const error = syncErrorOf(() => read(damaged));
    expect(error).toMatchObject({ code: Code.dataLoss, reason: 'MALFORMED_BYTES' });
  });

  test('one byte over the limit, and taken at it', () => {
    const limits = { ...defaultLimits, messageBytesMax: good.packedBytes };
    expect(deltaFromWire(good, { ...reading, limits }, 'delta').deltas).toHaveLength(1_000);
    const tight = { ...limits, messageBytesMax: good.packedBytes - 1 };
    const act = () => deltaFromWire(good, { ...reading, limits: tight }, 'delta');
    expect(refusalOf(act).reason).toBe('BATCH_TOO_LARGE');
  });
});
