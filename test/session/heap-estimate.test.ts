import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { finish } from '../../src/base/steps.ts';
import {
  decodeTransaction,
  encodeTransaction,
  type Transaction,
} from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { lookSteps, metRowsHeapSteps, pushHeapBytes } from '../../src/session/heap-estimate.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

const edits = Array.from({ length: 5 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
const { limits } = new TestHome();

describe('a look at the bytes', () => {
  test('tells of as much as of what is read, and what ordering adds', () => {
    const transaction = transactionOf('p', 7, ...edits);
    const looked = finish(lookSteps(simSchema, bytesOf(transaction), 2));
    const ordering = 5 * 700;
    expect(looked).toEqual({
      heapBytes: pushHeapBytes(simSchema, [transaction]) + ordering,
      onlyDeletes: false,
    });
    expect([...lookSteps(simSchema, bytesOf(transaction), 3)].length).toBeGreaterThan(1);
  });

  test('tells deletions', () => {
    const look = (...changes: Parameters<typeof transactionOf>[2][]) =>
      finish(lookSteps(simSchema, bytesOf(transactionOf('p', 1, ...changes)), 9)).onlyDeletes;
    expect(look(deleteEdit(newsTable, 'n'), deleteEdit(newsTable, 'm'))).toBe(true);
    expect(look(deleteEdit(newsTable, 'n'), patchEdit(newsTable, 'm', {}))).toBe(false);
  });

  test('is all right with what is none: whoever reads it says what is wrong', () => {
    const odd = { ...transactionOf('p', 1, ...edits) };
    const noTable = { ...odd, changes: odd.changes.map((each) => ({ ...each, table: 'none' })) };
    expect(finish(lookSteps(simSchema, bytesOf(noTable), 9)).heapBytes).toBeGreaterThan(0);
    for (const row of [
      [3],
      [9, 1],
      [13, 1],
      [7],
      [0x0a, 5],
      [0xfa, 0x7f, 0],
      [8, 1, 21, 1, 2, 3, 4, 25, ...Array(8)],
    ]) {
      const [first] = odd.changes;
      const broken = {
        ...odd,
        changes: [{ ...first!, row: Uint8Array.from(row as number[], (byte) => byte ?? 0) }],
      };
      expect(pushHeapBytes(simSchema, [broken])).toBeGreaterThan(800);
    }
    expect(() => finish(lookSteps(simSchema, Uint8Array.of(50, 9), 9))).toThrow('too early');
    expect(() =>
      pushHeapBytes(simSchema, [{ changes: [{ ...odd.changes[0]!, row: undefined as never }] }]),
    ).toThrow(TypeError);
  });
});

test('rows that are met add to it, by how long they are', () => {
  const home = new TestHome();
  const long = putEdit(newsTable, 'n0', { text: 'x'.repeat(100_000) });
  home.write('p', long);
  const prepared = prepareTransaction(simSchema, limits, transactionOf('q', 1, ...edits), 'push');
  const met = finish(metRowsHeapSteps(home.home.state, prepared, 2));
  expect(met).toBeGreaterThan(100_000);
  expect(met).toBeLessThan(1_000_000);
  home.write('p', deleteEdit(newsTable, 'n0'));
  expect(finish(metRowsHeapSteps(home.home.state, prepared, 2))).toBe(0);
});

// What is foreseen has to be enough, or the process ends: so it is measured. Texts and lists take most beside their bytes.
test.each([0, 3, 40])(
  '[I13] no less is foreseen than is taken: texts of %i characters',
  (length) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const many = Array.from({ length: 10_000 }, (_, index) =>
      putEdit(newsTable, `n${index}`, length === 0 ? {} : { text: String(index).padEnd(length) }),
    );
    const bytes = bytesOf(transactionOf('p', 1, ...many));
    const before = used();
    const transaction = decodeTransaction(bytes);
    const prepared = prepareTransaction(simSchema, limits, transaction, 'push');
    const taken = used() - before;
    const foreseen = pushHeapBytes(simSchema, [transaction]);
    expect(foreseen).toBeGreaterThan(taken);
    expect(foreseen).toBeLessThan(4 * taken);
    expect(prepared.changes).toHaveLength(10_000);
  },
);

function bytesOf(transaction: Transaction): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  return out.finish();
}
