/** SyncDB's server over a log on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/base/limits.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { startServer } from '../../src/server/server.ts';
import { serveParent } from '../support/child.ts';
import { settledMemory, touchYoungGeneration } from '../support/memory.ts';
import { cellsOf } from '../support/record-table.ts';
import { changeOf, commitEach, openRecordDatabase } from '../sync/record-database.ts';
import { ownCpuMs } from '../sync/sides.ts';
import type { EdgeSide } from './edges.ts';
import { recordIn, rowCount } from './updates.ts';

function* puts() {
  // The first one is the writer's own.
  for (let index = 1; index < rowCount; index++) yield changeOf(cellsOf(recordIn(index)));
}

const side: EdgeSide = {
  start: async () => {
    touchYoungGeneration();
    const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
    const database = await openRecordDatabase(
      await openSqliteLog({ path: join(folder, 'bench.log') }),
    );
    await commitEach(database, puts(), () => ({ replica: 'loader', stampMs: Date.now() }));
    const { port } = await startServer({
      databases: [database],
      address: '127.0.0.1:0',
      // All of them have one address here.
      limits: { ...defaultLimits, addressConnectionsMax: defaultLimits.connectionsMax },
    });
    return port;
  },
  cpuMs: ownCpuMs,
  memory: settledMemory,
};

serveParent(side);
