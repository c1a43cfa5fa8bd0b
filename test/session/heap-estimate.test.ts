import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { finish } from '../../src/base/steps.ts';
import {
  decodeTransaction,
  encodeTransaction,
  type Transaction,
} from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { columnsHeapBytes, HeapLook, lookSteps } from '../../src/session/heap-estimate.ts';
import { deleteEdit, newsTable, patchEdit, putEdit, simSchema } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

const edits = Array.from({ length: 5 }, (_, index) => putEdit(newsTable, `n${index}`, {}));
const { limits } = new TestHome();

describe('a look at the bytes', () => {
  test('is the sum of its changes, whatever the steps', () => {
    const transaction = transactionOf('p', 7, ...edits);
    const looked = finish(lookSteps(simSchema, bytesOf(transaction), 2));
    const [one, two] = [1, 2].map((count) =>
      heapBytesOf(transactionOf('p', 7, ...edits.slice(0, count))),
    ) as [number, number];
    expect(looked).toEqual({ heapBytes: one + 4 * (two - one), onlyDeletes: false });
    expect(two - one).toBeGreaterThan(1_500);
    expect([...lookSteps(simSchema, bytesOf(transaction), 3)].length).toBeGreaterThan(1);
  });

  test('tells as much of a push, and a little for each transaction', () => {
    const bytes = bytesOf(transactionOf('p', 7, ...edits));
    const look = lookAt(Uint8Array.of(...lengthOf(bytes), ...bytes));
    look.transaction();
    const looked = finish(lookSteps(simSchema, bytes, 99)).heapBytes;
    expect(look.heapBytes()).toBeGreaterThan(looked);
    expect(look.heapBytes()).toBeLessThan(looked + 2_000);
  });

  test('[I13] tells no less of a change in any other form that says the same', () => {
    const table = new TextEncoder().encode('t.News');
    const any = new TextEncoder().encode('type.googleapis.com/t.News');
    const row = [0x0a, 2, 0x6e, 0x31, 0x12, 3, 0x61, 0x62, 0x63];
    const part = (tag: number, bytes: ArrayLike<number>) => [
      tag,
      bytes.length,
      ...Array.from(bytes),
    ];
    const heapBytes = (...fields: number[][]) => {
      const bytes = Uint8Array.from(fields.flat());
      const look = lookAt(Uint8Array.of(...lengthOf(bytes), ...bytes));
      look.change();
      return look.heapBytes();
    };
    const canonical = heapBytes([8, 1], part(0x12, table), part(0x2a, row));
    const cells = canonical - heapBytes([8, 1], part(0x12, table), part(0x0a, row));
    expect(cells).toBeGreaterThan(0);
    const others = [
      heapBytes(part(0x2a, row), [8, 1], part(0x12, table)),
      heapBytes([8, 1], part(0x22, [...part(0x0a, any), ...part(0x12, row)])),
      heapBytes([8, 1], part(0x22, [...part(0x12, row), 0x18, 1, ...part(0x0a, any)])),
      heapBytes([8, 1], part(0x12, table), part(0x2a, []), part(0x2a, row)),
      heapBytes([8, 1], part(0x12, table), part(0x2a, row), part(0x32, [1, 2, 3])),
      heapBytes([8, 1], part(0x12, table), part(0x2a, row), [0x30, 1, 0x30, 2, 0x30, 3]),
      heapBytes([8, 1], part(0x12, table), part(0x2a, row), part(0x4a, any)),
    ];
    for (const other of others) expect(other).toBeGreaterThanOrEqual(canonical);
    // Elements of a list are one cell, and a number is its place.
    const rowOf = (...fields: number[][]) => part(0x2a, fields.flat());
    const cellsOf = (...fields: number[][]) =>
      heapBytes([8, 1], part(0x12, table), rowOf(...fields)) -
      heapBytes([8, 1], part(0x12, table), part(0x0a, fields.flat()));
    const [text, likes] = [part(0x12, [0x61]), [0x18, 5]];
    expect(cellsOf(text, text)).toBe(cellsOf(text));
    expect(cellsOf(text, likes, text)).toBe(cellsOf(text, likes) + cellsOf(text));
    expect(cellsOf(likes)).toBe(cellsOf());
    // A name that is none has no cells.
    const odd = [
      part(0x12, [0xff]),
      part(
        0x12,
        Array.from({ length: 127 }, () => 0x61),
      ),
    ];
    for (const name of odd) expect(heapBytes([8, 1], name, part(0x2a, row))).toBeGreaterThan(1_500);
    const long = Uint8Array.from([0x12, 0xd0, 0x0f, ...Array(2_000).fill(0x61)]);
    expect(heapBytes([8, 1], [...long], part(0x2a, row))).toBeGreaterThan(4_000);
    const longer = Uint8Array.from([0x12, 0xd0, 0x1f, ...Array(4_048).fill(0x61)]);
    expect(heapBytes([8, 1], [...longer], part(0x2a, row))).toBeGreaterThan(8_000);
  });

  test('[I13] a change that goes on behind its end is none', () => {
    const look = lookAt(Uint8Array.of(2, 8, 0x80, 1));
    expect(() => look.change()).toThrow('too short');
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
      expect(heapBytesOf(broken)).toBeGreaterThan(800);
    }
    expect(() => finish(lookSteps(simSchema, Uint8Array.of(50, 9), 9))).toThrow('longer than');
  });
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
    // That it is ordered too is foreseen, and not done here.
    const foreseen = heapBytesOf(transaction) - 10_000 * 700;
    expect(foreseen).toBeGreaterThan(taken);
    expect(foreseen).toBeLessThan(4 * taken);
    expect(prepared.changes).toHaveLength(10_000);
    // By columns no less is foreseen, since what they have is told as a whole.
    const counts = { transactions: 1, changes: 10_000, bytes: bytes.length };
    expect(columnsHeapBytes(simSchema, counts)).toBeGreaterThanOrEqual(heapBytesOf(transaction));
  },
);

function heapBytesOf(transaction: Transaction): number {
  return finish(lookSteps(simSchema, bytesOf(transaction), 9)).heapBytes;
}

function lookAt(bytes: Uint8Array) {
  const look = new HeapLook(simSchema, new ByteReader(bytes, 'message'));
  return {
    transaction: () => look.transaction(bytes.length),
    change: () => look.change(bytes.length),
    heapBytes: () => look.heapBytes,
  };
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.varint(bytes.length);
  return out.finish();
}

function bytesOf(transaction: Transaction): Uint8Array {
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  return out.finish();
}
