import type { TailRequest, TailResponse } from '../../gen/ts/syncdb/v1/data_service.ts';
import { unknownTable } from '../merge/prepared.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { AnyCall } from './call.ts';
import { CommitTail } from './commit-tail.ts';
import type { Database } from './database.ts';
import { Follower } from './follower.ts';
import { databaseOf, identifyAdmin, type ServerContext } from './server-context.ts';

/** `DataService.Tail`: an empty answer at once, then each commit as it becomes visible. */
export async function* tail(
  context: ServerContext,
  request: TailRequest,
  call: AnyCall,
  closed: AbortSignal,
): AsyncGenerator<TailResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, request.database, 'database');
  const tables = tablesOf(database, request.tables);
  const { state } = database.source;
  const { limits } = database;
  const commitTail = new CommitTail({ state, identity, tables, limits });
  const follower = new Follower(context, call, identity, closed);
  const stop = database.onCommits((commits) => {
    commitTail.note(commits);
    follower.wake();
  });
  try {
    yield { commits: [], headSeq: BigInt(state.head), missedCount: 0n };
    while (!follower.isOver) {
      follower.check();
      const batch = commitTail.take();
      if (batch === undefined) {
        await follower.woken();
        continue;
      }
      const headSeq = BigInt(state.head);
      yield { commits: [...batch.commits], headSeq, missedCount: BigInt(batch.missed) };
    }
  } finally {
    stop();
    follower.close();
  }
}

/** The tables of these names, undefined where none is named. NOT_FOUND UNKNOWN_TABLE. */
function tablesOf(
  { schema }: Database,
  names: readonly string[],
): ReadonlySet<TableDef> | undefined {
  if (names.length === 0) return undefined;
  return new Set(
    names.map((name, index) => {
      const table = schema.tableByName.get(name);
      if (table === undefined) throw unknownTable(name, `tables[${index}]`);
      return table;
    }),
  );
}
