/** What a home says that it holds, beside what V8 says. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Change } from '../../src/change/transaction.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, noteTable, patch, put, remove } from '../support/model-schema.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function takenBytes(): number {
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const pad = (index: number) => String(index).padStart(6, '0');

/** By what it has many of: how to write the next ones. */
const homes: Record<string, (index: number) => Change[]> = {
  rows: (index) => {
    const of = (at: number) => pad(index * 100 + at);
    return Array.from({ length: 100 }, (_, at) =>
      put(noteTable, `note ${of(at)}`, { text: `what was seen at ${of(at)}`, likes: at }),
    );
  },
  scopes: (index) => {
    const site = `area/${pad(index)}`;
    return Array.from({ length: 20 }, (_, at) =>
      put(itemTable, `i${index}-${at}`, { site: `${site}/${at}`, notes: 'as ever' }),
    );
  },
  moves: (index) =>
    Array.from({ length: 60 }, (_, at) => {
      const key = `i${(index * 60 + at) % 30_000}`;
      const site = `s${(index + at) % 9}`;
      if (index < 500 || index % 50 === 1) return put(itemTable, key, { site });
      return index % 50 === 0 ? remove(itemTable, key) : patch(itemTable, key, { site });
    }),
};

test.each(Object.keys(homes))(
  '[I13] a home with many %s takes what it says, give or take a fifth',
  (many) => {
    const changesAt = homes[many]!;
    // What is made once for all homes.
    new ModelHome().write('w0', changesAt(0));
    const before = takenBytes();
    const model = new ModelHome();
    for (let index = 0; index < 1_500; index++) {
      model.write(`writer-${index % 300}`, changesAt(index));
      model.records.length = 0;
      model.commits.length = 0;
    }
    const taken = takenBytes() - before;
    expect(taken).toBeGreaterThan(5 << 20);
    const ratio = model.home.memory.usedBytes / taken;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
  },
  60_000,
);
