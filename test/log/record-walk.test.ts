import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { strayRecords, walkRecords } from '../../src/log/record-walk.ts';
import { openSqliteStore } from '../../src/log/sqlite-store.ts';
import { FaultyConnection, sqliteError } from './support/faulty-connection.ts';
import { record, records } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function makeRecords(sql = ''): FaultyConnection {
  const path = join(makeFolder(), 'test.log');
  const store = openSqliteStore(path);
  store.append(0, records(1, 9));
  store.close();
  const db = new FaultyConnection(path);
  db.exec(sql);
  return db;
}

const whole = { after: 0, upto: 9, gapMax: 100 };

/** Each position as the problem there, or as `good`. */
function walked(db: FaultyConnection, bounds = whole): string[] {
  const found = [...walkRecords(db, bounds)];
  expect(found.map(({ position }) => position)).toEqual(
    found.map((_, at) => bounds.after + at + 1),
  );
  for (const { position, bytes, problem } of found) {
    if (problem === undefined) expect(bytes).toEqual(record(position));
  }
  db.close();
  return found.map(({ problem }) => problem ?? 'good');
}

const good = (count: number) => Array<string>(count).fill('good');

describe('walking through the records', () => {
  it('gives each of them', () => {
    expect(walked(makeRecords())).toEqual(good(9));
    expect(walked(makeRecords(), { ...whole, after: 4, upto: 7 })).toEqual(good(3));
  });

  it.each<[string, string, string[]]>([
    [
      'are missing',
      'DELETE FROM records WHERE position IN (1, 4, 5, 9)',
      [
        'it is missing',
        ...good(2),
        ...['it is missing', 'it is missing'],
        ...good(3),
        'it is missing',
      ],
    ],
    [
      'have other bytes',
      "UPDATE records SET bytes = x'00' WHERE position = 4",
      [...good(3), 'its checksum is wrong', ...good(5)],
    ],
    [
      'have a checksum that cannot be',
      'UPDATE records SET crc = 1 << 60 WHERE position = 4',
      [...good(3), 'its values are impossible', ...good(5)],
    ],
  ])('[I9] names those that %s, and gives the others', (_, sql, expected) => {
    expect(walked(makeRecords(sql))).toEqual(expected);
  });

  it('[I9] names those that are text, where a flipped bit has changed the type', () => {
    const db = makeRecords();
    db.onRow = (row) => {
      if (row.position === 3) row.bytes = 'text';
    };
    expect(walked(db)).toEqual([...good(2), 'it is no bytes', ...good(6)]);
  });

  it.each([
    [11, 'SQLite finds its page malformed'],
    [266, 'it cannot be read (SQLite error 266)'],
  ])('[I9] goes on behind what SQLite cannot read: %i', (code, problem) => {
    const db = makeRecords();
    db.onRow = (row) => {
      if (Number(row.position) > 2 && Number(row.position) < 6) throw sqliteError(code);
    };
    expect(walked(db)).toEqual([...good(2), problem, problem, problem, ...good(4)]);
  });

  it('ends behind a gap that is too long, and not before', () => {
    const sql = 'DELETE FROM records WHERE position BETWEEN 3 AND 5';
    const upto = Number.POSITIVE_INFINITY;
    expect(walked(makeRecords(sql), { after: 0, upto, gapMax: 3 })).toHaveLength(5);
    expect(walked(makeRecords(sql), { after: 0, upto, gapMax: 4 })).toHaveLength(13);
  });
});

describe('records outside of the log', () => {
  it('are those before its beginning and behind its head', () => {
    const db = makeRecords();
    const found = [...strayRecords(db, 2, 7)];
    expect(found.map(({ position }) => position)).toEqual([1, 2, 8, 9]);
    expect(found[2]!.bytes).toEqual(record(8));
    db.onRow = () => {
      throw sqliteError(11);
    };
    expect([...strayRecords(db, 2, 7)]).toEqual([]);
    db.close();
  });
});
