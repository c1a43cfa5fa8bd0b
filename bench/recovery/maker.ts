/** Makes the rows that the others read: a log, a snapshot and a file of JSON lines. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { openSqliteSnapshots } from '../../src/log/sqlite-snapshots.ts';
import { openDatabase } from '../../src/server/database.ts';
import { serveParent } from '../support/child.ts';
import { createRandom } from '../support/random.ts';
import { cellsOf, maskOfEdit } from '../support/record-table.ts';
import { editOf, recordAt, type SiteRecord } from '../support/records.ts';
import { changeOf, commitEach, openRecordDatabase } from '../sync/record-database.ts';
import { logPath, ndjsonPath, type RecoveryRows, snapshotsPath } from './rows.ts';

const writerOf = (index: number) => ({
  replica: `writer-${index % 50}`,
  stampMs: 1_767_225_600_000 + index * 7,
});

export type RecoveryMaker = {
  /** Returns the bytes of the snapshot. */
  make(rows: RecoveryRows): Promise<number>;
};

const maker: RecoveryMaker = {
  make: async (rows) => {
    await writeRows(rows);
    const bytes = await writeSnapshot(rows);
    writeLines(rows);
    return bytes;
  },
};

/** Each row is a commit of its own, and each edit of one in ten: no two rows share a seq. */
async function writeRows({ folder, count }: RecoveryRows): Promise<void> {
  const database = await openRecordDatabase(await openSqliteLog({ path: logPath(folder) }));
  await commitEach(database, inserts(count), writerOf);
  await commitEach(database, edits(count, 0, count / 10), writerOf);
  await database.close();
}

/** A snapshot, as the server writes it when it starts with a long log, and edits behind it. */
async function writeSnapshot({ folder, count, tail }: RecoveryRows): Promise<number> {
  const snapshots = await openSqliteSnapshots({ path: snapshotsPath(folder) });
  const database = await openDatabase({
    name: 'bench',
    schema: [RecordSchema],
    log: await openSqliteLog({ path: logPath(folder) }),
    snapshots,
    limits: { ...defaultLimits, snapshotLogBytesMin: 1 << 20 },
    onSnapshotFailure: (error) => {
      throw error;
    },
  });
  let [made] = await snapshots.list();
  while (made === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    [made] = await snapshots.list();
  }
  await commitEach(database, edits(count, count / 10, tail), writerOf);
  await database.close();
  return made.bytes;
}

function* inserts(count: number) {
  for (let index = 0; index < count; index++) {
    yield changeOf(cellsOf(recordAt(index, { short: true })));
  }
}

/** Edits of random rows; the seed says which. */
function* edits(count: number, seed: number, editCount: number) {
  const random = createRandom(seed, 2);
  for (let index = 0; index < editCount; index++) {
    const record = recordAt(random.below(count), { short: true });
    const edit = editOf(record, random);
    yield changeOf(cellsOf({ ...record, ...edit }), maskOfEdit(edit));
  }
}

function writeLines({ folder, count }: RecoveryRows): void {
  const file = openSync(ndjsonPath(folder), 'w');
  for (let index = 0; index < count; ) {
    const lines: string[] = [];
    for (const end = Math.min(count, index + 10_000); index < end; index++) {
      const record: SiteRecord = recordAt(index, { short: true });
      lines.push(`${JSON.stringify(record)}\n`);
    }
    writeSync(file, lines.join(''));
  }
  closeSync(file);
}

serveParent(maker);
