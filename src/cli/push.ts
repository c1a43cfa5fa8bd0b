import { randomBytes } from 'node:crypto';
import type { JsonValue } from '@bufbuild/protobuf';
import type { ListDatabasesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { OutcomeStatus, type Transaction } from '../../gen/ts/syncdb/v1/data.ts';
import type { Handshake, PushResponse, SchemaRef } from '../../gen/ts/syncdb/v1/sync.ts';
import { reworded } from '../base/error-fields.ts';
import { SyncError } from '../base/errors.ts';
import { answered } from '../client/answered.ts';
import { protocolMax, protocolMin } from '../session/messages.ts';
import { exitCodes } from './failure.ts';
import { type CommandStreams, write } from './output.ts';
import { type Remote, withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { createSender, type Sender } from './remote/sender.ts';
import { listTables, tableNamed, teamTypes } from './remote/team-types.ts';
import { delimitedMessages } from './rows/delimited-messages.ts';
import { EditReader, type PushItem } from './rows/edit-input.ts';
import { badInput, type Place, placeText } from './rows/input-error.ts';
import { type InputFile, inputFiles } from './rows/input-file.ts';
import { jsonText } from './rows/json-text.ts';
import { jsonValues, textLines } from './rows/json-values.ts';
import { shapeError } from './rows/row-input.ts';
import { utf8Text } from './rows/utf8-text.ts';

/** The options of `syncdb push`. */
export interface PushOptions extends RemoteOptions {
  readonly format?: 'json' | 'ndjson' | 'binary';
  /** The table of edits that name none. */
  readonly table?: string;
  /** Edits of the same id are applied only once. */
  readonly id?: string;
}

/** What became of a transaction, as it is printed. */
interface Told {
  readonly status: 'committed' | 'refused' | 'held';
  readonly replicaId?: string;
  readonly counter?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conflicts?: number;
}

/** `syncdb push`: sends transactions one after the other, and says of each what became of it. Ends with 3 where one is refused. */
export async function push(
  files: readonly string[],
  options: PushOptions,
  streams: CommandStreams,
): Promise<void> {
  const inputs = await inputFiles(files, options.format, streams);
  await withRemote(options, async (remote) => {
    const tables = await listTables(remote);
    const names = tables.filter(({ system }) => !system).map(({ name }) => name);
    const types = await teamTypes(remote, options.schema, names);
    const reader = new EditReader({
      registry: types.registry,
      tableDefault: options.table,
      table: (name) => {
        const { name: full, keyField } = tableNamed(tables, name);
        return { desc: types.message(full), keyField };
      },
    });
    const sender = createSender(remote, options.id ?? `push-${randomBytes(6).toString('hex')}`);
    const pusher = new Pusher(remote, sender, await schemaOf(remote));
    let refused = 0;
    for (const file of inputs) {
      for await (const { place, item } of pushItems(file, reader)) {
        const told = await pusher.push(item).catch((error: unknown) => {
          throw withPlace(place, error);
        });
        if (told.status === 'refused') refused++;
        await write(streams.stdout, toldText(place, told, streams.stdout.isTTY === true));
      }
    }
    if (refused > 0) process.exitCode = exitCodes.refused;
  });
}

interface PlacedItem {
  readonly place: Place;
  readonly item: PushItem;
}

/** What a file has to push. INVALID_ARGUMENT BAD_INPUT for what is none: what comes behind it may build on it. */
async function* pushItems(file: InputFile, reader: EditReader): AsyncGenerator<PlacedItem> {
  const placed = (number: number, isLine: boolean, read: () => PushItem): PlacedItem => {
    const place = { file: file.name, number, isLine };
    try {
      return { place, item: read() };
    } catch (error) {
      throw badInput(place, (error as Error).message, error);
    }
  };
  try {
    if (file.format === 'binary') {
      for await (const { number, bytes } of delimitedMessages(file.chunks())) {
        yield placed(number, false, () => reader.ofBytes(bytes));
      }
      return;
    }
    const texts = utf8Text(file.chunks());
    const values = file.format === 'ndjson' ? textLines(texts) : jsonValues(texts);
    for await (const { line, text } of values) {
      yield placed(line, true, () => reader.ofJson(JSON.parse(text) as JsonValue));
    }
  } catch (error) {
    throw shapeError(file, error);
  }
}

class Pusher {
  private readonly remote: Remote;
  private readonly sender: Sender;
  private readonly schema: SchemaRef | undefined;
  private count = 0;

  constructor(remote: Remote, sender: Sender, schema: SchemaRef | undefined) {
    this.remote = remote;
    this.sender = sender;
    this.schema = schema;
  }

  push(item: PushItem): Promise<Told> {
    this.count++;
    return item.kind === 'transaction'
      ? this.pushed(item.transaction)
      : this.transacted(item.changes);
  }

  private async transacted(changes: Parameters<Sender['send']>[1]): Promise<Told> {
    try {
      const { conflicts } = await this.sender.send(String(this.count), changes);
      return { status: 'committed', conflicts };
    } catch (error) {
      // A verdict on the edits names the one that it is about.
      const isVerdict = error instanceof SyncError && error.fields[0]?.field.startsWith('changes[');
      if (isVerdict !== true) throw error;
      const { reason, message } = error as SyncError;
      return { status: 'refused', reason, message };
    }
  }

  private async pushed(transaction: Transaction): Promise<Told> {
    const { sync, database, metadata, deadline } = this.remote;
    const { replicaId, counter } = transaction;
    const handshake: Handshake = {
      protocolMin,
      protocolMax,
      database,
      schema: this.schema,
      replicaId,
      formerReplicaIds: [],
    };
    const { outcomes } = await answered<PushResponse>((done) =>
      sync.push(
        { handshake, transactions: [transaction], refuseUnfit: false },
        metadata,
        deadline(),
        done,
      ),
    );
    const { status, reason = '', message = '', conflicts = 0 } = outcomes[0] ?? {};
    const own = { replicaId, counter: String(counter) };
    if (status === OutcomeStatus.COMMITTED) return { status: 'committed', ...own, conflicts };
    if (status === OutcomeStatus.HELD) return { status: 'held', ...own };
    return { status: 'refused', ...own, reason, message };
  }
}

async function schemaOf({
  admin,
  database,
  metadata,
  deadline,
}: Remote): Promise<SchemaRef | undefined> {
  const { databases } = await answered<ListDatabasesResponse>((done) =>
    admin.listDatabases({}, metadata, deadline(), done),
  );
  return databases.find(({ name }) => name === database)?.schema;
}

function toldText(place: Place, told: Told, isForPeople: boolean): string {
  const { file, number, isLine } = place;
  if (!isForPeople) {
    return `${jsonText({ file, [isLine ? 'line' : 'row']: number, ...told })}\n`;
  }
  const { status, replicaId, counter, reason, message, conflicts = 0 } = told;
  const who = replicaId === undefined ? '' : ` ${replicaId}/${counter}`;
  const why = reason === undefined ? '' : `: ${reason}, ${message}`;
  const met =
    conflicts === 0
      ? ''
      : `, ${conflicts} ${conflicts === 1 ? 'conflict' : 'conflicts'} in the ledger`;
  return `${placeText(place)}:${who} ${status}${why}${met}\n`;
}

/** What ends a push, with the place; all before it are answered. */
function withPlace(place: Place, error: unknown): unknown {
  if (!(error instanceof SyncError)) return error;
  return reworded(error, `${placeText(place)}: ${error.message}`);
}
