import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import {
  BackupRequest,
  BackupResponse,
  DatabaseInfo,
  DatabaseStatistics,
  GetStatisticsRequest,
  GetStatisticsResponse,
  GetStatusRequest,
  GetStatusResponse,
  ListDatabasesRequest,
  ListDatabasesResponse,
  ListDevicesRequest,
  ListDevicesResponse,
  ListTablesRequest,
  ListTablesResponse,
  MarkSafeRequest,
  MarkSafeResponse,
  RemoveDeviceRequest,
  RemoveDeviceResponse,
  type TableInfo,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { invalidField } from '../base/errors.ts';
import type { Seq } from '../base/seq.ts';
import type { CommittedState } from '../change/committed-state.ts';
import type { TableState } from '../change/table-state.ts';
import { encodeBackup } from '../log/backup-format.ts';
import { epochsIn, forkBefore } from '../replica/epochs.ts';
import { protocolMax, protocolMin } from '../session/messages.ts';
import { safeNumber } from '../wire/checks.ts';
import { type AnyCall, serverStream, unary } from './call.ts';
import type { Database } from './database.ts';
import { devicePage } from './device-list.ts';
import {
  databaseOf,
  databasesOf,
  identify,
  identifyAdmin,
  loadingOf,
  type ServerContext,
} from './server-context.ts';
import { sizedPieces } from './sized-pieces.ts';

/** `syncdb.v1.AdminService`. */
export function createAdminService(context: ServerContext): UntypedServiceImplementation {
  const startedMs = context.clock.nowMs();
  const uptimeSeconds = () => BigInt(Math.floor((context.clock.nowMs() - startedMs) / 1_000));
  return {
    getStatus: unary(GetStatusRequest, GetStatusResponse, context, async (_request, call) => {
      await identifyAdmin(context, call);
      return {
        serverVersion: packageJson.version,
        protocolMin,
        protocolMax,
        uptimeSeconds: uptimeSeconds(),
        sessionCount: context.sessionCount,
        residentBytes: BigInt(process.memoryUsage.rss()),
      };
    }),
    listDatabases: unary(
      ListDatabasesRequest,
      ListDatabasesResponse,
      context,
      async (_request, call) => {
        // A phone learns here what its handshake must say.
        const identity = await identify(context, call);
        const open = databasesOf(context, identity).map((one) =>
          describeDatabase(one, identity.admin),
        );
        const loading = loadingOf(context, identity).map((name) =>
          DatabaseInfo.create({ name, loading: true }),
        );
        return { databases: [...open, ...loading].sort(byName) };
      },
    ),
    listTables: unary(ListTablesRequest, ListTablesResponse, context, async (request, call) => {
      const identity = await identifyAdmin(context, call);
      const { state } = databaseOf(context, identity, request.database, 'database').source;
      const tables = state.tables.map(describeTable);
      return { tables: tables.sort(byName) };
    }),
    backup: serverStream(BackupRequest, BackupResponse, context, (request, call) =>
      backup(context, request, call),
    ),
    markSafe: unary(MarkSafeRequest, MarkSafeResponse, context, async (request, call) => {
      const identity = await identifyAdmin(context, call);
      const database = databaseOf(context, identity, request.database, 'database');
      const seq = safeNumber(request.seq, 'seq');
      checkMark(request.name, seq, database.source.state);
      await database.coverBy(request.name, seq);
      return {};
    }),
    listDevices: unary(ListDevicesRequest, ListDevicesResponse, context, async (request, call) => {
      const identity = await identifyAdmin(context, call);
      return devicePage(databaseOf(context, identity, request.database, 'database'), request);
    }),
    removeDevice: unary(
      RemoveDeviceRequest,
      RemoveDeviceResponse,
      context,
      async (request, call) => {
        const identity = await identifyAdmin(context, call);
        const { devices } = databaseOf(context, identity, request.database, 'database');
        await devices.remove(request.replicaId);
        return {};
      },
    ),
    getStatistics: unary(
      GetStatisticsRequest,
      GetStatisticsResponse,
      context,
      async (_request, call) => {
        const identity = await identifyAdmin(context, call);
        const open = databasesOf(context, identity).map(({ name, statistics, waiting }) =>
          statistics.toWire(name, waiting.waiterCount),
        );
        const loading = loadingOf(context, identity).map((name) =>
          DatabaseStatistics.create({ name, loading: true }),
        );
        return {
          uptimeSeconds: uptimeSeconds(),
          rpcs: context.meter.toWire(),
          databases: [...open, ...loading].sort(byName),
        };
      },
    ),
  };
}

type Named = { readonly name: string };

function byName(left: Named, right: Named): number {
  return left.name < right.name ? -1 : 1;
}

/** Pieces of a backup in bytes: each is one message. */
const backupPieceBytesMin = 64 << 10;
const backupPieceBytesMax = 1 << 20;

async function* backup(
  context: ServerContext,
  request: BackupRequest,
  call: AnyCall,
): AsyncGenerator<BackupResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, request.database, 'database');
  const pieces = encodeBackup(database.backup());
  for await (const data of sizedPieces(pieces, backupPieceBytesMin, backupPieceBytesMax)) {
    yield { data };
  }
}

const markPattern = /^[A-Za-z0-9._-]{1,64}$/;

function checkMark(name: string, seq: Seq, state: CommittedState): void {
  if (!markPattern.test(name)) {
    throw invalidField('name', 'BAD_MARK_NAME', 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -');
  }
  const { head } = state;
  // What another history has behind a fork is not of this database.
  const isOfCommit = seq >= 1 && seq <= head && forkBefore(epochsIn(state), seq) === undefined;
  if (!isOfCommit) {
    throw invalidField('seq', 'BAD_MARK_SEQ', `must be of a commit: the newest one is ${head}`);
  }
}

function describeDatabase(database: Database, admin: boolean): DatabaseInfo {
  const { name, schema, source } = database;
  const identity = { name, schema: { version: schema.version, fingerprint: schema.fingerprint } };
  if (!admin) return DatabaseInfo.create(identity);
  const tables = source.state.tables.filter(({ def }) => !def.system);
  const { usedBytes, bytesMax } = database.home.memory;
  return {
    ...identity,
    headSeq: BigInt(source.state.head),
    rowCount: BigInt(tables.reduce((sum, table) => sum + table.columns.liveCount, 0)),
    logId: source.logId,
    failed: database.writeState === 'failed',
    loading: false,
    memoryBytes: BigInt(usedBytes),
    memoryBytesMax: bytesMax === Number.MAX_SAFE_INTEGER ? 0n : BigInt(bytesMax),
  };
}

function describeTable(table: TableState): TableInfo {
  const { def } = table;
  return {
    name: def.name,
    keyField: def.columns[def.key]!.name,
    scopes: def.scopes.map(({ source }) => source),
    rowCount: BigInt(table.columns.liveCount),
    tombstoneCount: BigInt(table.tombstoneCount),
    columns: def.columns.map(({ name, number, typeName }) => ({ name, number, typeName })),
    memoryBytes: BigInt(table.memoryBytes),
    system: def.system,
  };
}
