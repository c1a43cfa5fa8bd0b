import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Transaction } from '../../src/change/transaction.ts';
import { anyEdit, changeOf } from '../support/model-edits.ts';
import { liveRows, ModelHome } from '../support/model-home.ts';
import { ModelReplica } from '../support/model-replica.ts';
import {
  itemTable,
  modelSchema,
  noteTable,
  patch,
  put,
  remove,
  transaction,
} from '../support/model-schema.ts';

const nobody = new Map<string, number>();
const counterOf = ({ counter }: Transaction) => counter;
const queued = ({ replica }: ModelReplica) =>
  replica.queue.of(replica.id).map(({ transaction }) => transaction.counter);
const text = (value: string) => patch(itemTable, 'i', { notes: value });

describe('an edit of a row', () => {
  test('becomes one transaction with the one before it, at the time of the later one', () => {
    const phone = new ModelReplica('ann');
    const first = phone.amend(put(itemTable, 'i', { notes: 'a', count: 1 }));
    const second = phone.amend(text('b'));
    expect([counterOf(first), counterOf(second), queued(phone)]).toEqual([1, 1, [1]]);
    expect(second.stamp).toBeGreaterThan(first.stamp);
    expect(phone.shown(itemTable, 'i')).toMatchObject({ notes: 'b', count: 1 });
    expect(phone.replica.lastCounter).toBe(1);
    expect(counterOf(phone.amend(put(noteTable, 'i', {})))).toBe(2);
  });

  test('is one of its own behind what was handed out, has several rows, or deletes', () => {
    const phone = new ModelReplica('ann');
    phone.amend(put(itemTable, 'i', {}));
    phone.replica.outgoing(nobody);
    expect(counterOf(phone.amend(text('b')))).toBe(2);
    phone.write(text('c'), put(itemTable, 'j', {}));
    expect(counterOf(phone.amend(text('d')))).toBe(4);
    expect(counterOf(phone.amend(remove(itemTable, 'i')))).toBe(5);
    expect(counterOf(phone.amend(text('e')))).toBe(6);
    expect(phone.shown(itemTable, 'i')).toBeUndefined();
  });

  test('is one of its own behind a checkpoint, which tells its writer more', () => {
    const model = new ModelHome();
    model.write('bob', [put(itemTable, 'i', {})]);
    const phone = new ModelReplica('ann');
    phone.amend(text('a'));
    phone.pull(model.state);
    expect(counterOf(phone.amend(text('b')))).toBe(2);
    expect(counterOf(phone.amend(text('c')))).toBe(2);
  });

  test('is one of its own behind an edit of somebody else', () => {
    const phone = new ModelReplica('ann');
    phone.amend(put(itemTable, 'i', { notes: 'a' }));
    const stamp = phone.replica.queue.of('ann')[0]!.orderStamp + 1;
    phone.replica.receive(transaction('bob', 1, [text('b')], { stamp }));
    expect(counterOf(phone.amend(text('c')))).toBe(2);
  });

  test('is one of its own behind an edit that is old, which would win by a later time else', () => {
    const limits = { ...defaultLimits, coalescedMsMax: 3 };
    const phone = new ModelReplica('ann', { limits });
    const { replica } = phone;
    replica.write([put(itemTable, 'i', { notes: 'a' })], 1_000);
    expect(counterOf(replica.amend(text('b'), 1_003)!)).toBe(1);
    expect(replica.amend(text('c'), 1_007)).toBeUndefined();
  });

  test('is one of its own behind one of another row, which would have another digest else', () => {
    const phone = new ModelReplica('ann');
    phone.amend(put(itemTable, 'i', { notes: 'a' }));
    phone.amend(put(itemTable, 'j', {}));
    expect(counterOf(phone.amend(text('b')))).toBe(3);
    expect(queued(phone)).toEqual([1, 2, 3]);
  });

  test('is one of its own where both together are larger than a row may be', () => {
    const limits = { ...defaultLimits, rowBytesMax: 60 };
    const phone = new ModelReplica('ann', { limits });
    phone.amend(text('a'.repeat(40)));
    expect(counterOf(phone.amend(patch(itemTable, 'i', { due: 'b'.repeat(14) })))).toBe(1);
    expect(counterOf(phone.amend(patch(itemTable, 'i', { title: 'c' })))).toBe(2);
  });

  test('that is not well formed changes nothing', () => {
    const phone = new ModelReplica('ann');
    phone.amend(put(itemTable, 'i', { notes: 'a' }));
    expect(() => phone.amend({ ...text('b'), fields: [99] })).toThrow(/99/);
    expect(phone.shown(itemTable, 'i')).toMatchObject({ notes: 'a' });
    expect(() => phone.amend({ ...text('b'), table: 't.Nobody' })).toThrow(/Nobody/);
  });
});

test('[I5][P2] the same comes of edits, whether or not they become fewer transactions', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEdit, fc.nat(9)), { maxLength: 30 }), (edits) => {
      const homes = [new ModelHome(), new ModelHome()];
      const phones = [new ModelReplica('ann'), new ModelReplica('ann')];
      for (const [edit, choice] of edits) {
        phones[0]!.amend(changeOf(edit));
        phones[1]!.write(changeOf(edit));
        const [amending, plain] = phones.map(({ replica }) => replica);
        for (const table of [itemTable, noteTable]) {
          for (const key of ['i1', 'i2', 'n1', '7']) {
            expect(amending!.row(table, key)?.cells).toEqual(plain!.row(table, key)?.cells);
          }
        }
        if (choice > 0) continue;
        for (const [index, phone] of phones.entries()) {
          phone.push(homes[index]!);
          phone.pull(homes[index]!.state);
        }
      }
      for (const [index, phone] of phones.entries()) phone.push(homes[index]!);
      const isTeams = (table: string) => modelSchema.tableByName.get(table)?.system === false;
      const [amended, plain] = homes.map(({ state }) =>
        [...liveRows(state, isTeams)].map(([name, { cells }]) => [name, cells] as const),
      );
      expect(new Map(amended)).toEqual(new Map(plain));
      expect(phones[0]!.replica.lastCounter).toBeLessThanOrEqual(phones[1]!.replica.lastCounter);
    }),
    { numRuns: 150 },
  );
});
