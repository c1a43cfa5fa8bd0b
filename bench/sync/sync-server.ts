/** SyncDB's server with the records in memory, its log too. */
import { randomBytes } from 'node:crypto';
import type { Change } from '../../src/change/transaction.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import type { Database } from '../../src/server/database.ts';
import { startServer } from '../../src/server/server.ts';
import { serveParent } from '../support/child.ts';
import { createRandom } from '../support/random.ts';
import { cellsOf, maskOfEdit, recordTable } from '../support/record-table.ts';
import { recordAt } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { editsOf } from './edits.ts';
import { changeOf, commitEach, openRecordDatabase } from './record-database.ts';
import { ownCpuMs, type ServerSide } from './sides.ts';

const writerCount = 50;

let database: Database;

async function listen(count: number): Promise<number> {
  database = await openRecordDatabase(createMemoryLog({ id: randomBytes(16) }));
  await commitAll(puts(count), 1);
  const running = await startServer({ databases: [database], address: '127.0.0.1:0' });
  return running.port;
}

function* puts(count: number): Generator<Change> {
  for (let index = 0; index < count; index++) yield changeOf(cellsOf(recordAt(index)));
}

/** Any of 50 devices made the next edit, up to ten seconds after the last. */
function commitAll(changes: Iterable<Change>, seed: number): Promise<void> {
  const random = createRandom(seed);
  let stampMs = Date.UTC(2026, 0, 1);
  return commitEach(database, changes, () => {
    stampMs += random.below(10_000);
    return { replica: `device-${random.below(writerCount)}`, stampMs };
  });
}

const side: ServerSide = {
  start: ({ count }) => listen(count),

  change: async (options) => {
    const edits = editsOf(options);
    const changes = [...edits].map(([index, edit]) => {
      const cells = cellsOf({ ...recordAt(index), ...edit });
      return changeOf(cells, maskOfEdit(edit));
    });
    await commitAll(changes, options.seed);
    return edits.size;
  },

  verify: ({ count }) => {
    const { columns } = database.source.state.table(recordTable);
    verify(columns.liveCount === count, `the server has ${columns.liveCount} records`);
    for (let index = 0; index < count; index++) {
      const record = recordAt(index);
      const slot = columns.slotOf(record.id);
      verify(slot >= 0, `the server lacks record ${record.id}`);
      for (const [at, cell] of cellsOf(record).entries()) {
        const found: Cell = columns.cell(slot, at);
        verify(Object.is(found, cell), `${record.id}: ${found} is not ${cell}`);
      }
    }
  },

  forget: () => database.source.blocks.clear(),

  cpuMs: ownCpuMs,
};

serveParent(side);
