import type { QueryRequest, QueryResponse } from '../../gen/ts/syncdb/v1/data_service.ts';
import { messagesOf } from '../client/answered.ts';
import { badOption } from './option-error.ts';
import { type CommandStreams, write } from './output.ts';
import { type Remote, withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { listTables, tableNamed, teamTypes } from './remote/team-types.ts';
import type { RowFormat } from './rows/row-format.ts';
import { RowJson } from './rows/row-json.ts';
import { createRowOutput } from './rows/row-output.ts';
import { fieldsOf, filterOf, orderOf } from './rows/where.ts';

/** The options of `syncdb query`. */
export interface QueryOptions extends RemoteOptions {
  /** Tests that all must hold; see `whereFilter`. */
  readonly where: readonly string[];
  /** JSON of a `syncdb.v1.Filter`. */
  readonly filter?: string;
  readonly order?: string;
  /** Rows at the most; all where left out. */
  readonly limit?: number;
  readonly fields?: string;
  readonly count: boolean;
  /** A table on a terminal, else `ndjson`. */
  readonly format?: RowFormat;
}

/** `syncdb query`: writes the rows of a table that match, as they come. */
export async function query(
  name: string,
  options: QueryOptions,
  streams: CommandStreams,
): Promise<void> {
  const { stdout } = streams;
  const format = options.format ?? (stdout.isTTY === true ? 'table' : 'ndjson');
  if (format === 'binary' && stdout.isTTY === true) {
    throw badOption('format', 'binary rows are nothing for a terminal: write them to a file');
  }
  await withRemote(options, async (remote) => {
    const table = tableNamed(await listTables(remote), name);
    const types = await teamTypes(remote, options.schema, [table.name]);
    const desc = types.message(table.name);
    const request: QueryRequest = {
      database: remote.database,
      table: table.name,
      filter: filterOf(desc, options.where, options.filter),
      orderBy: orderOf(desc, options.order),
      limit: options.limit ?? 0,
      pageToken: '',
      countOnly: options.count,
    };
    if (options.count) {
      await write(stdout, `${await countOf(remote, request)}\n`);
      return;
    }
    const json = new RowJson(desc, types.registry);
    const fields = fieldsOf(desc, options.fields);
    const output = createRowOutput({ format, json, fields, output: stdout });
    for await (const { rows } of pagesOf(remote, request)) {
      const written = rows.map(({ key, row }) => ({ key, bytes: row?.value ?? new Uint8Array() }));
      if (written.length > 0) await output.write(written);
    }
    await output.end();
  });
}

function pagesOf(remote: Remote, request: QueryRequest): AsyncGenerator<QueryResponse> {
  // However long all rows take, and however slowly they are read.
  return messagesOf(() => remote.data.query(request, remote.metadata));
}

async function countOf(remote: Remote, request: QueryRequest): Promise<bigint> {
  let count = 0n;
  for await (const { rowCount } of pagesOf(remote, request)) count += rowCount;
  return count;
}
