import type { TableInfo } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { Operation } from '../../gen/ts/syncdb/v1/data.ts';
import type {
  CommittedChange,
  CommittedTransaction,
  TailRequest,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { messagesOf } from '../client/answered.ts';
import { type CommandStreams, write } from './output.ts';
import { grouped } from './progress.ts';
import { withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { listTables, tableNamed } from './remote/team-types.ts';
import { jsonText } from './rows/json-text.ts';
import { timeText } from './rows/time-text.ts';
import { seqText } from './units.ts';

/** `syncdb tail`: writes a line for each commit from now on, until `stop`. Without names it is of the team's tables. */
export async function tail(
  names: readonly string[],
  options: RemoteOptions,
  { stdout }: CommandStreams,
  stop?: AbortSignal,
): Promise<void> {
  await withRemote(options, async (remote) => {
    const known = await listTables(remote);
    const tables = names.map((name) => tableNamed(known, name).name);
    const request: TailRequest = { database: remote.database, tables };
    const begin = () => remote.data.tail(request, remote.metadata);
    const lines = stdout.isTTY === true ? new PeopleLines(known) : new JsonLines(known);
    let isFirst = true;
    for await (const { commits, headSeq, missedCount } of messagesOf(begin, stop)) {
      const told = isFirst ? [lines.begin(headSeq)] : [];
      isFirst = false;
      if (missedCount > 0n) told.push(lines.missed(missedCount));
      told.push(...commits.map((commit) => lines.commit(commit)));
      await write(stdout, told.map((line) => `${line}\n`).join(''));
    }
  });
}

/** How commits are told. */
interface CommitLines {
  begin(headSeq: bigint): string;
  missed(count: bigint): string;
  commit(commit: CommittedTransaction): string;
}

/** The names of fields, which a server tells by their numbers. */
function fieldNames(tables: readonly TableInfo[], { table, fields }: CommittedChange): string[] {
  const columns = tables.find(({ name }) => name === table)?.columns ?? [];
  return fields.map(
    (number) => columns.find((column) => column.number === number)?.name ?? String(number),
  );
}

class JsonLines implements CommitLines {
  private readonly tables: readonly TableInfo[];

  constructor(tables: readonly TableInfo[]) {
    this.tables = tables;
  }

  begin(headSeq: bigint): string {
    return jsonText({ live: true, headSeq: String(headSeq) });
  }

  missed(count: bigint): string {
    return jsonText({ missed: Number(count) });
  }

  commit(commit: CommittedTransaction): string {
    return jsonText({
      seq: String(commit.seq),
      replicaId: commit.replicaId,
      counter: String(commit.counter),
      committedAt: timeText(commit.committedAt),
      changes: commit.changes.map((change) => ({
        operation: operationNames[change.operation],
        table: change.table,
        key: change.key,
        fields: change.fields.length === 0 ? undefined : fieldNames(this.tables, change),
      })),
      changeCount: commit.changeCount,
      refusedReason: commit.refusedReason === '' ? undefined : commit.refusedReason,
      conflicts: commit.conflicts,
    });
  }
}

const operationNames: Readonly<Record<number, string>> = {
  [Operation.PUT]: 'put',
  [Operation.PATCH]: 'patch',
  [Operation.DELETE]: 'delete',
};

const signs: Readonly<Record<number, string>> = {
  [Operation.PUT]: '+',
  [Operation.PATCH]: '~',
  [Operation.DELETE]: '-',
};

/** Changes of a commit that fit into a line. */
const shownChanges = 4;

class PeopleLines implements CommitLines {
  private readonly tables: readonly TableInfo[];

  constructor(tables: readonly TableInfo[]) {
    this.tables = tables;
  }

  begin(headSeq: bigint): string {
    return `following the commits behind ${seqText(headSeq)}; Ctrl-C ends it`;
  }

  missed(count: bigint): string {
    return `${grouped(Number(count))} commits are left out: they came faster than they were read`;
  }

  commit(commit: CommittedTransaction): string {
    const { seq, replicaId, counter, committedAt, changeCount, refusedReason, conflicts } = commit;
    const changes = commit.changes.slice(0, shownChanges).map((change) => this.change(change));
    const more = changeCount - changes.length;
    if (more > 0) changes.push(`and ${grouped(more)} more`);
    if (refusedReason !== '') changes.push(`refused, ${refusedReason}`);
    if (conflicts > 0) changes.push(`${conflicts} in the ledger`);
    const time = timeText(committedAt)?.slice(11, 23) ?? '';
    const who = `${replicaId}/${counter}`;
    return `${time}  ${seqText(seq).padStart(7)}  ${who.padEnd(16)}  ${changes.join(', ')}`;
  }

  private change(change: CommittedChange): string {
    const table = change.table.slice(change.table.lastIndexOf('.') + 1);
    // A key may be anything, and a terminal takes some of that for commands.
    const key = change.key.replaceAll(/\p{Cc}/gu, '·');
    const fields = fieldNames(this.tables, change);
    const named = fields.length === 0 ? '' : ` (${fields.join(' ')})`;
    return `${signs[change.operation]} ${table} ${key}${named}`;
  }
}
