import { type DescField, fromBinary } from '@bufbuild/protobuf';
import { type RowChange, RowChangeType } from '../../gen/ts/syncdb/v1/data.ts';
import type { WatchRequest } from '../../gen/ts/syncdb/v1/data_service.ts';
import { messagesOf } from '../client/answered.ts';
import { type CommandStreams, write } from './output.ts';
import { withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { listTables, tableNamed, teamTypes } from './remote/team-types.ts';
import { jsonText } from './rows/json-text.ts';
import { onlyFields, RowJson } from './rows/row-json.ts';
import { timeText } from './rows/time-text.ts';
import { fieldsOf, filterOf } from './rows/where.ts';

/** The options of `syncdb watch`. */
export interface WatchOptions extends RemoteOptions {
  readonly where: readonly string[];
  readonly filter?: string;
  readonly fields?: string;
  /** Whether the rows that match at the beginning are left out. */
  readonly changesOnly: boolean;
}

/**
 * `syncdb watch`: writes the rows of a table that match, `{"live": true}` when these are all, then each change of them, as
 * lines of JSON; until `stop`.
 */
export async function watch(
  name: string,
  options: WatchOptions,
  { stdout }: CommandStreams,
  stop?: AbortSignal,
): Promise<void> {
  await withRemote(options, async (remote) => {
    const table = tableNamed(await listTables(remote), name);
    const types = await teamTypes(remote, options.schema, [table.name]);
    const json = new RowJson(types.message(table.name), types.registry);
    const fields = fieldsOf(json.desc, options.fields);
    const filter = filterOf(json.desc, options.where, options.filter);
    const request: WatchRequest = { database: remote.database, table: table.name, filter };
    const begin = () => remote.data.watch(request, remote.metadata);
    let isLive = false;
    for await (const { changes, headSeq, live } of messagesOf(begin, stop)) {
      const isShown = isLive || !options.changesOnly;
      const lines = isShown ? changes.map((change) => changeLine(change, json, fields)) : [];
      if (live && !isLive) lines.push(jsonText({ live, headSeq: String(headSeq) }));
      isLive ||= live;
      if (lines.length > 0) await write(stdout, lines.map((line) => `${line}\n`).join(''));
    }
  });
}

function changeLine(
  { type, key, row, rowVersion, modifiedAt, modifiedBy }: RowChange,
  json: RowJson,
  fields: readonly DescField[] | undefined,
): string {
  const version = String(rowVersion);
  if (type === RowChangeType.DELETED || row === undefined) {
    return jsonText({ change: 'delete', key, version });
  }
  const whole = fromBinary(json.desc, row.value);
  const shown = fields === undefined ? whole : onlyFields(json.desc, whole, fields);
  return jsonText({
    change: 'put',
    key,
    row: json.of(shown, key),
    version,
    modifiedAt: timeText(modifiedAt),
    modifiedBy,
  });
}
