import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { SyncError } from '../../src/base/errors.ts';
import { finish } from '../../src/base/steps.ts';
import { digestOf, encodeTransaction, type Transaction } from '../../src/change/transaction.ts';
import { type PreparedTransaction, prepareTransaction } from '../../src/merge/prepared.ts';
import { preparedOrUnfit } from '../../src/merge/unfit.ts';
import { WholeTransaction } from '../../src/session/whole-transaction.ts';
import { newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { partsOf, partsOfBytes, transactionOf } from './support/messages.ts';

const edits = Array.from({ length: 7 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
const transaction = transactionOf('p', 1, ...edits);

test('is prepared in steps, or at once: the same as if it had been pushed', () => {
  const { limits } = new TestHome();
  const expected = prepareTransaction(simSchema, limits, transaction, 'push');
  const stepped = wholeOf(transaction);
  let steps = 1;
  while (!stepped.step()) steps++;
  // Three changes in a step: of seven, two behind reading and two behind preparing.
  expect(steps).toBe(5);
  expect(stepped.step()).toBe(true);
  expect(stepped.take()).toEqual(expected);
  expect(wholeOf(transaction).take()).toEqual(expected);
  const begun = wholeOf(transaction);
  begun.step();
  expect(begun.take()).toEqual(expected);
  expect(begun.take()).toBe(begun.take());
  expect(digestOf(begun.take().transaction)).toEqual(digestOf(transaction));
});

test('is looked at in steps before it is read; what is wrong with that names the part', () => {
  const steps = [...wholeOf(transaction).look()];
  // Three fields in a step, of seven changes and the two before them.
  expect(steps).toHaveLength(3);
  expect(finish(wholeOf(transaction).look())).toMatchObject({ onlyDeletes: false });
  const [part] = partsOf(transaction, 1 << 20);
  const { source } = new TestHome();
  source.parts.take(part!, 'part', 0);
  const broken = new WholeTransaction(source, part!, Uint8Array.of(50, 9), 'part');
  expect(() => finish(broken.look())).toThrow('part.bytes: ');
  expect(source.parts.bytes).toBe(0);
});

describe('what is wrong names the part, and then nothing is there any more', () => {
  test.each<[string, Transaction]>([
    ['PART_DIFFERS part.replica_id', { ...transaction, replica: 'q' }],
    ['PART_DIFFERS part.counter', { ...transaction, counter: 2 }],
    ['SCHEMA_MISMATCH part.bytes.schema_version', { ...transaction, schemaVersion: 9 }],
    ['NO_CHANGES part.bytes.changes', { ...transaction, changes: [] }],
    [
      'UNKNOWN_FIELD part.bytes.changes[0].fields[0]',
      transactionOf('p', 1, { ...patchEdit(newsTable, 'n', {}), fields: [99] }),
    ],
  ])('%s', (expected, inner) => {
    expect(fault(bytesOf(inner))).toBe(expected);
  });

  test('MALFORMED_TRANSACTION', () => {
    expect(fault(Uint8Array.of(250, 1))).toBe('MALFORMED_TRANSACTION part.bytes');
    const twice = new Uint8Array([...bytesOf(transaction), ...bytesOf(transaction)]);
    expect(fault(twice)).toBe('MALFORMED_TRANSACTION part.bytes');
  });
});

test('so does a limit that shows while it is read', () => {
  const { source } = new TestHome({ transactionChangesMax: 6 });
  const [part] = partsOf(transaction, 1 << 20);
  const whole = new WholeTransaction(source, part!, bytesOf(transaction), 'part');
  expect(() => whole.take()).toThrow('part.bytes.changes: has more than 6 changes');
});

describe('[I2] where what can never be is to be refused, it is whatever way it came', () => {
  const unfitOf = (
    inner: Transaction,
    limits: ConstructorParameters<typeof TestHome>[0],
  ): PreparedTransaction => {
    const { source } = new TestHome(limits);
    const [part] = partsOf(inner, 1 << 20);
    source.parts.take(part!, 'part', 0);
    const bytes = bytesOf(inner);
    const whole = new WholeTransaction(source, part!, bytes, 'part', { refuseUnfit: true });
    const prepared = whole.take();
    const steps = preparedOrUnfit(simSchema, source.limits, inner, 'push');
    expect(prepared.unfit).toEqual(finish(steps).unfit);
    expect(digestOf(prepared.transaction)).toEqual(digestOf(inner));
    return prepared;
  };

  test('with too many changes', () => {
    expect(unfitOf(transaction, { transactionChangesMax: 6 })).toMatchObject({
      ...{ changes: [], transaction: { replica: 'p', counter: 1 } },
      unfit: { reason: 'TOO_MANY_CHANGES', message: 'changes: has 7 changes, 6 at most' },
    });
    expect(unfitOf(transaction, { transactionChangesMax: 7 }).unfit).toBeUndefined();
  });

  test('with a change that is larger than any', () => {
    const large = putEdit(newsTable, 'n', { text: 'x'.repeat(100_000) });
    expect(unfitOf(transactionOf('p', 1, edits[0]!, large), { rowBytesMax: 1_000 })).toMatchObject({
      unfit: { reason: 'ROW_TOO_LARGE', changeIndex: 1, violations: [{ field: 'changes[1].row' }] },
    });
  });

  test('with more fields than any table has', () => {
    const wide = { ...patchEdit(newsTable, 'n', {}), fields: Array.from({ length: 5 }, () => 2) };
    expect(unfitOf(transactionOf('p', 1, wide), { tableColumnsMax: 4 })).toMatchObject({
      unfit: { reason: 'TOO_MANY_FIELDS', changeIndex: 0 },
    });
  });

  test('but not what is no transaction', () => {
    const { source } = new TestHome();
    const [part] = partsOf(transaction, 1 << 20);
    const noise = Uint8Array.of(250, 1);
    const whole = new WholeTransaction(source, part!, noise, 'part', { refuseUnfit: true });
    expect(() => whole.take()).toThrow('part.bytes: ');
  });
});

test('another error than of the bytes is passed on as it is', () => {
  const home = new TestHome({ stepChangesMax: 3 });
  const [part] = partsOf(transaction, 1 << 20);
  const { limits, parts } = home.source;
  const broken = {
    limits,
    parts,
    get schema(): never {
      throw new Error('a defect');
    },
  };
  expect(() => new WholeTransaction(broken, part!, part!.bytes, 'part').take()).toThrow('a defect');
  const noBytes = new WholeTransaction(home.source, part!, undefined as never, 'part');
  expect(() => noBytes.take()).toThrow(TypeError);
});

function wholeOf(inner: Transaction): WholeTransaction {
  const home = new TestHome({ stepChangesMax: 3 });
  const [part] = partsOf(inner, 1 << 20);
  return new WholeTransaction(home.source, part!, bytesOf(inner), 'part');
}

function fault(bytes: Uint8Array): string {
  const { source } = new TestHome();
  const [first, second] = partsOfBytes(transaction, new Uint8Array(40));
  source.parts.take(first!, 'part', 0);
  const whole = new WholeTransaction(source, first!, bytes, 'part');
  try {
    whole.take();
  } catch (error) {
    expect(source.parts.take(second!, 'part', 0).receivedBytes).toBe(0);
    if (error instanceof SyncError && error.code === 3) {
      return `${error.reason} ${error.fields[0]!.field}`;
    }
    throw error;
  }
  return 'none';
}

function bytesOf(inner: Transaction): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(inner, out);
  return out.finish();
}
