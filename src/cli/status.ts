import type {
  DatabaseInfo,
  GetStatusResponse,
  ListDatabasesResponse,
  ListTablesResponse,
  TableInfo,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import { Code, SyncError } from '../base/errors.ts';
import { answered } from '../client/answered.ts';
import { exitCodes } from './failure.ts';
import { type CommandStreams, write } from './output.ts';
import { grouped } from './progress.ts';
import { healthOf } from './remote/health.ts';
import { type Remote, withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { jsonText } from './rows/json-text.ts';
import { TextTable } from './rows/text-table.ts';
import { byteText, durationText, seqText } from './units.ts';

/** The options of `syncdb status`. */
export interface StatusOptions extends Omit<RemoteOptions, 'database'> {
  /** All where left out. */
  readonly database?: string;
  /** Text on a terminal, else JSON. */
  readonly format?: 'text' | 'json';
}

/** What there is to say of a server. */
interface ServerStatus {
  readonly address: string;
  readonly server: GetStatusResponse;
  /** Of reads, and of writes, as health checks tell them; `UNKNOWN` where it has none. */
  readonly health: string;
  readonly writes: string;
  readonly databases: readonly {
    readonly info: DatabaseInfo;
    readonly tables: readonly TableInfo[];
  }[];
}

/** `syncdb status`: what a server is and has. Ends with 1 where it does not serve, or takes no writes. */
export async function status(options: StatusOptions, { stdout }: CommandStreams): Promise<void> {
  const { database } = options;
  const found = await withRemote({ ...options, database: database ?? '' }, (remote) =>
    statusOf(remote, database),
  );
  const format = options.format ?? (stdout.isTTY === true ? 'text' : 'json');
  const text = format === 'text' ? statusText(found) : `${jsonText(statusJson(found))}\n`;
  await write(stdout, text);
  const isWell = found.health === 'SERVING' && found.writes === 'SERVING';
  if (!isWell || found.databases.some(({ info }) => info.failed)) {
    process.exitCode = exitCodes.failure;
  }
}

async function statusOf(remote: Remote, asked: string | undefined): Promise<ServerStatus> {
  const { admin, metadata, deadline } = remote;
  const [server, { databases }, health, writes] = await Promise.all([
    answered<GetStatusResponse>((done) => admin.getStatus({}, metadata, deadline(), done)),
    answered<ListDatabasesResponse>((done) => admin.listDatabases({}, metadata, deadline(), done)),
    healthOf(remote, ''),
    healthOf(remote, 'syncdb.v1.Writes'),
  ]);
  const shown = databases.filter(({ name }) => asked === undefined || name === asked);
  if (asked !== undefined && shown.length === 0) throw unknownDatabase(asked, databases);
  const described = shown.map(async (info) => {
    if (info.loading) return { info, tables: [] };
    const { tables } = await answered<ListTablesResponse>((done) =>
      admin.listTables({ database: info.name }, metadata, deadline(), done),
    );
    return { info, tables: tables.filter(({ system }) => !system) };
  });
  return {
    address: remote.address,
    server,
    health,
    writes,
    databases: await Promise.all(described),
  };
}

/** NOT_FOUND UNKNOWN_DATABASE, as the server would say. */
function unknownDatabase(name: string, databases: readonly DatabaseInfo[]): SyncError {
  const there = databases.map((info) => info.name).join(', ') || 'none that you may use';
  const message = `database: there is no database ${JSON.stringify(name)} here; there is ${there}`;
  return new SyncError(Code.notFound, 'UNKNOWN_DATABASE', message, {
    metadata: { database: name },
  });
}

/** Lines for people. */
function statusText({ address, server, health, writes, databases }: ServerStatus): string {
  const { serverVersion, uptimeSeconds, sessionCount, residentBytes } = server;
  const lines = [
    `SyncDB ${serverVersion} on ${address}, up ${durationText(Number(uptimeSeconds))}, ${grouped(sessionCount)} open sync streams, ${byteText(Number(residentBytes))} of memory`,
    `health: ${health}, writes: ${writes}`,
  ];
  for (const { info, tables } of databases) {
    const { name, schema, headSeq, rowCount, memoryBytes, memoryBytesMax, failed } = info;
    if (info.loading) {
      lines.push('', `database ${name}: being opened`);
      continue;
    }
    const max = memoryBytesMax === 0n ? '' : ` of ${byteText(Number(memoryBytesMax))}`;
    lines.push(
      '',
      `database ${name}: ${grouped(Number(rowCount))} rows, commit ${seqText(headSeq)}, ${byteText(Number(memoryBytes))}${max}, schema ${schema?.version} (${schema?.fingerprint})${failed ? ', TAKES NO WRITES' : ''}`,
    );
    const table = new TextTable(
      ['table', 'rows', 'deleted', 'memory', 'key', 'scopes'],
      [false, true, true, true],
    );
    const rows = tables.map((one) => [
      one.name,
      grouped(Number(one.rowCount)),
      grouped(Number(one.tombstoneCount)),
      byteText(Number(one.memoryBytes)),
      one.keyField,
      one.scopes.join(' ') || '(everyone)',
    ]);
    lines.push(...table.lines(rows).map((line) => `  ${line}`));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The same for programs: 64-bit integers as strings, as everywhere in the JSON of Protocol Buffers. */
function statusJson({ address, server, health, writes, databases }: ServerStatus): unknown {
  return {
    address,
    serverVersion: server.serverVersion,
    uptimeSeconds: String(server.uptimeSeconds),
    sessionCount: server.sessionCount,
    residentBytes: String(server.residentBytes),
    health,
    writes,
    databases: databases.map(({ info, tables }) => ({
      name: info.name,
      schemaVersion: info.schema?.version,
      fingerprint: info.schema?.fingerprint,
      headSeq: String(info.headSeq),
      rowCount: String(info.rowCount),
      memoryBytes: String(info.memoryBytes),
      memoryBytesMax: String(info.memoryBytesMax),
      failed: info.failed,
      loading: info.loading,
      tables: tables.map((table) => ({
        name: table.name,
        rowCount: String(table.rowCount),
        tombstoneCount: String(table.tombstoneCount),
        memoryBytes: String(table.memoryBytes),
        keyField: table.keyField,
        scopes: table.scopes,
      })),
    })),
  };
}
