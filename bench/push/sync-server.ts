/** SyncDB's server over a log on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import type { Database } from '../../src/server/database.ts';
import { startServer } from '../../src/server/server.ts';
import { serveParent } from '../support/child.ts';
import { cellsOf, recordTable } from '../support/record-table.ts';
import { recordAt } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { changeOf, commitEach, openRecordDatabase } from '../sync/record-database.ts';
import { type PushServerSide, recordsAfter, rowCount } from './sides.ts';

let database: Database;

function* puts() {
  for (let index = 0; index < rowCount; index++) yield changeOf(cellsOf(recordAt(index)));
}

const side: PushServerSide = {
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
    database = await openRecordDatabase(await openSqliteLog({ path: join(folder, 'bench.log') }));
    await commitEach(database, puts(), () => ({ replica: 'loader', stampMs: Date.now() }));
    const { port } = await startServer({ databases: [database], address: '127.0.0.1:0' });
    return port;
  },

  verify: () => {
    const { columns } = database.source.state.table(recordTable);
    const records = recordsAfter();
    verify(columns.liveCount === records.length, `there are ${columns.liveCount} records`);
    for (const record of records) {
      const slot = columns.slotOf(record.id);
      verify(slot >= 0, `record ${record.id} is missing`);
      for (const [at, cell] of cellsOf(record).entries()) {
        const found = columns.cell(slot, at);
        verify(Object.is(found, cell), `${record.id}: ${found} is not ${cell}`);
      }
    }
  },
};

serveParent(side);
