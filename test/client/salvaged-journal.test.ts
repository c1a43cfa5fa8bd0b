import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Code } from '../../src/base/errors.ts';
import { salvageJournal, salvageNewest } from '../../src/client/salvaged-journal.ts';
import { inspectFile } from '../../src/log/inspected-file.ts';
import { logFormat } from '../../src/log/log-file.ts';
import { connectSqlite } from '../../src/log/sqlite-driver.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { editsFor } from '../session/support/camp.ts';
import { JournaledPhone } from '../support/journaled-phone.ts';

const makeFolder = tempFolders();
let path: string;
let id: Uint8Array;

beforeEach(() => {
  path = join(makeFolder(), 'journal');
  const phone = new JournaledPhone('phone');
  for (let time = 1; time <= 4; time++) phone.replica.write(editsFor(0), time);
  const store = openSqliteStore(path);
  store.append(0, phone.records);
  ({ id } = store);
  store.close();
});

function sql(text: string): void {
  const db = connectSqlite(path);
  db.exec(text);
  db.close();
}

const countersIn = () => salvageJournal(path).writes.pending.map(({ counter }) => counter);
const newest = () => inspectFile(path, logFormat.errors, (db) => salvageNewest(db, path));

describe('a journal that is salvaged', () => {
  test('gives its writes, and says which log it is', () => {
    const { writes, log, damage } = salvageJournal(path);
    expect(writes.opened).toMatchObject({ replica: 'phone' });
    expect(writes.isWhole).toBe(true);
    expect(countersIn()).toEqual([1, 2, 3, 4]);
    expect(log).toMatchObject({ id, head: 5 });
    expect(damage).toEqual([]);
  });

  test('[I9][P37] gives what stands around damage, which it names', () => {
    sql("UPDATE records SET bytes = x'00' WHERE position IN (3, 4)");
    expect(countersIn()).toEqual([1, 4]);
    const { damage } = salvageJournal(path);
    expect(damage).toMatchObject([
      { code: Code.dataLoss, reason: 'STORAGE_DAMAGED', metadata: { path, position: '3' } },
    ]);
    expect(damage[0]!.message).toContain('and so on up to record 4');
    sql('DELETE FROM meta');
    expect(countersIn()).toEqual([1, 4]);
    expect(salvageJournal(path).log).toBeUndefined();
  });

  test('fails where nothing of it can be read, and where it is open', () => {
    const store = openSqliteStore(path);
    expect(() => salvageJournal(path)).toThrow(expect.objectContaining({ reason: 'LOG_LOCKED' }));
    store.close();
    sql('DROP TABLE records');
    expect(() => salvageJournal(path)).toThrow(expect.objectContaining({ reason: 'LOG_CORRUPT' }));
  });
});

test('the newest record of a log is none where that one is damaged', () => {
  expect(newest()).toMatchObject({ newest: expect.any(Uint8Array), damage: [] });
  sql("UPDATE records SET bytes = x'00' WHERE position = 5");
  expect(newest()).toMatchObject({
    newest: undefined,
    damage: [{ reason: 'STORAGE_DAMAGED', metadata: { position: '5' } }],
  });
});
