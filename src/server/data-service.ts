import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { RowChangeType } from '../../gen/ts/syncdb/v1/data.ts';
import {
  GetRequest,
  GetResponse,
  QueryRequest,
  QueryResponse,
  TailRequest,
  TailResponse,
  TransactRequest,
  TransactResponse,
  WatchRequest,
  WatchResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { renamed } from '../base/error-fields.ts';
import { Code, invalidField, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Commit, Outcome, Refusal } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { etagOf } from '../merge/etag.ts';
import { unknownTable } from '../merge/prepared.ts';
import { keyCell } from '../schema/key.ts';
import type { TableDef } from '../schema/table-def.ts';
import { checkExpiry } from '../session/handshake.ts';
import { readTest } from '../session/rights.ts';
import type { Identity } from '../session/source.ts';
import { countRows } from '../table/query.ts';
import { changesFromWire } from '../wire/changes.ts';
import { decodeMessage } from '../wire/decode-message.ts';
import { pageTokenOf } from '../wire/page-token.ts';
import { databaseInTransact, lookAtTransact } from '../wire/push-look.ts';
import { queryFromWire, watchFilterFromWire } from '../wire/queries.ts';
import type { BulkTurns } from './bulk-turns.ts';
import { type AnyCall, abortOnEnd, serverStream, unary, unread } from './call.ts';
import type { Database } from './database.ts';
import { enter } from './entrance.ts';
import { endWithIdentity, Follower } from './follower.ts';
import { type QueryPage, queryPages } from './query-pages.ts';
import { readerView } from './reader-view.ts';
import { databaseOf, identifyAdmin, type ServerContext } from './server-context.ts';
import { rowAt, rowWith } from './state-rows.ts';
import { tail } from './tail.ts';
import type { Place } from './waiting-room.ts';
import { type Watched, Watcher } from './watcher.ts';

/** `syncdb.v1.DataService`. */
export function createDataService(context: ServerContext): UntypedServiceImplementation {
  const ownEnd = endWithIdentity(context);
  return {
    get: unary(GetRequest, GetResponse, context, (request, call) => get(context, request, call)),
    transact: unread(TransactResponse, context, (bytes, call) => transact(context, bytes, call)),
    query: serverStream(QueryRequest, QueryResponse, context, (request, call) =>
      query(context, request, call),
    ),
    watch: serverStream(
      WatchRequest,
      WatchResponse,
      context,
      (request, call, closed) => watch(context, request, call, closed),
      ownEnd,
    ),
    tail: serverStream(
      TailRequest,
      TailResponse,
      context,
      (request, call, closed) => tail(context, request, call, closed),
      ownEnd,
    ),
  };
}

async function get(
  context: ServerContext,
  request: GetRequest,
  call: AnyCall,
): Promise<GetResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, request.database, 'database');
  const table = tableOf(database, request.table);
  renamed(
    () => keyCell(table, request.key, database.limits),
    () => 'key',
  );
  const { state } = database.source;
  const { columns } = state.table(table);
  const slot = columns.slotOf(request.key);
  const { shows, redaction } = readerView(state, table, identity);
  if (slot < 0 || !columns.isLive(slot) || shows?.(slot) === false) {
    throw new SyncError(
      Code.notFound,
      'ROW_NOT_FOUND',
      `${table.name} has no row ${JSON.stringify(request.key)}`,
    );
  }
  return { row: rowAt(state, table, slot, redaction) };
}

const requestIdPattern = /^[A-Za-z0-9._-]{0,60}$/;

async function transact(
  context: ServerContext,
  bytes: Uint8Array,
  call: AnyCall,
): Promise<TransactResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, databaseInTransact(bytes), 'database');
  const { heapBytes } = lookAtTransact(database.schema, bytes);
  const pushed = { bytes: bytes.length, heapBytes };
  const place = await enter(context.admission.receiving, database, pushed, () => abortOnEnd(call));
  try {
    return await transacted(database, identity, decodeMessage(TransactRequest, bytes), place);
  } finally {
    place.leave();
  }
}

async function transacted(
  database: Database,
  identity: Identity,
  request: TransactRequest,
  { room }: Place,
): Promise<TransactResponse> {
  if (!requestIdPattern.test(request.requestId)) {
    throw invalidField(
      'request_id',
      'BAD_REQUEST_ID',
      'must be at most 60 characters of A-Z a-z 0-9 . _ -',
    );
  }
  const changes = changesFromWire(request.changes, 'changes');
  const done = await database.transact(changes, request.requestId, identity, room);
  if (done.outcome.status !== 'committed') throw refused(done.outcome);
  const { state } = database.source;
  const mayRead = readTest(identity);
  const etags = done.changes.map(({ table, key }) => {
    const row = state.rowState(table, key);
    // A row that the caller may not read is to it as if it were not there.
    return row?.cells === undefined || !mayRead(row.scopes) ? '' : etagOf(row.version);
  });
  return { headSeq: BigInt(state.head), etags, conflicts: done.outcome.conflicts };
}

/** The status that a refusal is in DataService. */
function refused(outcome: Outcome): SyncError {
  const { reason, message, changeIndex, currentEtag, violations } = outcome.refusal as Refusal;
  const change = `changes[${changeIndex}]`;
  const fields = violations.map(({ field, description }) => ({
    field: field === 'row' ? `${change}.row` : `${change}.row.${field}`,
    description,
  }));
  return new SyncError(refusalCodes[reason] ?? Code.failedPrecondition, reason, message, {
    fields: fields.length > 0 ? fields : [{ field: change, description: message }],
    metadata: currentEtag === '' ? {} : { current_etag: currentEtag },
  });
}

const refusalCodes: Readonly<Record<string, Code>> = {
  ETAG_MISMATCH: Code.aborted,
  ROW_EXISTS: Code.aborted,
  ROW_NOT_FOUND: Code.notFound,
  ROW_INVALID: Code.invalidArgument,
  SCOPE_DENIED: Code.permissionDenied,
};

/** The rows of a page stay beside its bytes until they are taken, which they need not ever be: so it has half as many. */
function pageSize({ queryBatchRows, deltaBytesMax }: Limits) {
  return { rowsMax: queryBatchRows, bytesMax: deltaBytesMax / 2 };
}

async function* query(
  context: ServerContext,
  request: QueryRequest,
  call: AnyCall,
): AsyncGenerator<QueryResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, request.database, 'database');
  const { limits } = database;
  const table = tableOf(database, request.table);
  const asked = queryFromWire(table, request, limits);
  const { state } = database.source;
  const { columns } = state.table(table);
  const view = readerView(state, table, identity, asked);
  if (request.countOnly) {
    const count = countRows({ table: columns, shows: view.shows }, asked.filter);
    yield { rows: [], nextPageToken: '', rowCount: BigInt(count) };
    return;
  }
  const { rowsMax, bytesMax } = pageSize(limits);
  const { caches } = database.home.memory;
  const choice = { state, table, ...view, query: asked, caches };
  const turn = <T>(step: () => T | PromiseLike<T>) => context.bulkTurns.turn(step);
  const pages = queryPages({ ...choice, rowsMax, bytesMax, turn });
  let left = asked.limit ?? Number.POSITIVE_INFINITY;
  for await (const { rows, next } of inTurns(pages, turn)) {
    checkExpiry(identity, context.clock.nowMs());
    left -= rows.length;
    const nextPageToken = left <= 0 && next !== undefined ? pageTokenOf(request, next) : '';
    yield { rows, nextPageToken, rowCount: 0n };
  }
}

/** Who wants one page has it at once; who wants them all has his turns, in which they are made. */
async function* inTurns(
  pages: AsyncGenerator<QueryPage>,
  turn: BulkTurns['turn'],
): AsyncGenerator<QueryPage> {
  try {
    let page = await pages.next();
    while (page.done !== true) {
      yield page.value;
      page = await (page.value.next === undefined ? pages.next() : turn(() => pages.next()));
    }
  } finally {
    await pages.return(undefined);
  }
}

async function* watch(
  context: ServerContext,
  request: WatchRequest,
  call: AnyCall,
  closed: AbortSignal,
): AsyncGenerator<WatchResponse> {
  const identity = await identifyAdmin(context, call);
  const database = databaseOf(context, identity, request.database, 'database');
  const table = tableOf(database, request.table);
  const filter = watchFilterFromWire(table, request, database.limits);
  const { state } = database.source;
  const { rowsMax, bytesMax } = pageSize(database.limits);
  const view = readerView(state, table, identity, { filter });
  const watcher = new Watcher({ state, table, filter, ...view, rowsMax, bytesMax });
  const follower = new Follower(context, call, identity, closed);
  let headSeq = 0n;
  const stop = database.onCommits((commits: readonly Commit[]) => {
    watcher.note(commits);
    follower.wake();
  });
  const take = (): WatchResponse | undefined => {
    if (follower.isOver) return undefined;
    follower.check();
    const batch = watcher.next();
    if (batch === undefined) return undefined;
    const changes = batch.rows.map((watched) => changeOf(state, table, watched));
    if (batch.live) headSeq = BigInt(state.head);
    return { changes, headSeq, live: batch.live };
  };
  let isBehind = false;
  try {
    while (!follower.isOver) {
      const response: WatchResponse | undefined = isBehind
        ? await context.bulkTurns.turn(take)
        : take();
      isBehind = response?.live === false;
      if (response === undefined) await follower.woken();
      else yield response;
    }
  } finally {
    stop();
    follower.close();
  }
}

function tableOf(database: Database, name: string): TableDef {
  const table = database.schema.tableByName.get(name);
  if (table === undefined) throw unknownTable(name, 'table');
  return table;
}

function changeOf(state: CommittedState, table: TableDef, { key, slot, row }: Watched) {
  const rest = { fields: [], scopes: [] };
  if (row !== undefined) {
    return {
      type: RowChangeType.FULL,
      rowNumber: BigInt(state.table(table).numberOf(slot)),
      ...rowWith(state, table, slot, row),
      ...rest,
    };
  }
  return {
    type: RowChangeType.DELETED,
    table: table.name,
    key,
    rowNumber: BigInt(Math.max(0, slot)),
    rowVersion: slot < 0 ? 0n : BigInt(state.table(table).versionOf(slot)),
    etag: '',
    row: undefined,
    modifiedAt: undefined,
    modifiedBy: '',
    ...rest,
  };
}
