import { SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { Kept } from '../replica/committed-copy.ts';
import { encodeJournalRecord, type Opened } from '../replica/journal-record.ts';
import { JournalReplay } from '../replica/journal-replay.ts';
import { JournaledReplica } from '../replica/journaled-replica.ts';
import type { LocalTables } from '../replica/local-tables.ts';
import type { Schema } from '../schema/table-def.ts';
import type { JournalFiles } from './journal-files.ts';
import { otherDatabase, otherReplica, otherSchema, storageDamaged } from './storage-errors.ts';

export interface ReplicaAsk {
  readonly database: string;
  readonly schema: Schema;
  /** Takes the rows of tables that never leave the device. */
  readonly local?: LocalTables;
  readonly limits: Limits;
  readonly relay: boolean;
  readonly wish: Kept;
  /** The id that the replica is to have; undefined for that of the storage, or any. */
  readonly id: string | undefined;
  /** The id of a replica that is new, where none was asked for. */
  readonly makeId: () => string;
}

/** A replica as its journal says, and what a `ReplicaJournal` needs to go on with it. */
export interface OpenedReplica {
  readonly replica: JournaledReplica;
  /** As stored: its wish may be another than the one that was asked for. */
  readonly opened: Opened;
  readonly bytes: number;
  readonly stateBytes: number;
}

/**
 * Makes the replica that a journal says, or a new one where the storage is new. FAILED_PRECONDITION
 * STORAGE_OTHER_DATABASE, STORAGE_OTHER_REPLICA or STORAGE_OTHER_SCHEMA where it is not the one that is asked for, and
 * DATA_LOSS STORAGE_DAMAGED, which names the record; the journal is as it was then.
 */
export async function openReplica(files: JournalFiles, ask: ReplicaAsk): Promise<OpenedReplica> {
  const { log } = files;
  if (log === undefined) return created(files, ask);
  const replay = new JournalReplay(ask.schema, ask.limits, ask.local);
  let position = 0;
  try {
    for await (const { records } of log.read(0)) {
      for (const record of records) {
        position++;
        apply(replay, record, files.name, position);
        if (position === 1) check(replay.opened!, ask, files.name);
      }
    }
  } catch (error) {
    throw readError(error, files.name);
  }
  const replica = replay.finish();
  const { opened, bytes, stateBytes } = replay;
  // Its first record was there before it counted, so this is no new one.
  if (replica === undefined || opened === undefined) {
    throw storageDamaged(files.name, 1, 'it is missing');
  }
  checkId(replica, opened, ask, files.name);
  return { replica, opened, bytes, stateBytes };
}

/** A replica that nothing stores. */
export function memoryReplica({ schema, limits, relay, id, makeId }: ReplicaAsk): JournaledReplica {
  return new JournaledReplica({ schema, limits, relay, id: id ?? makeId() });
}

async function created(files: JournalFiles, ask: ReplicaAsk): Promise<OpenedReplica> {
  const { database, schema, relay, wish } = ask;
  const replica = memoryReplica(ask);
  const opened: Opened = {
    database,
    schemaVersion: schema.version,
    schemaFingerprint: schema.fingerprint,
    replica: replica.id,
    relay,
    wish,
  };
  const record = encodeJournalRecord({ kind: 'opened', opened });
  // The journal counts once it says whose it is: one that counts and is empty has lost what it had.
  const log = await files.begin();
  await log.append(log.head, [record]);
  await files.replace();
  return { replica, opened, bytes: record.length, stateBytes: 0 };
}

function check(opened: Opened, { database, schema, relay }: ReplicaAsk, name: string): void {
  if (opened.database !== database) throw otherDatabase(name, opened.database, database);
  const { schemaVersion: version, schemaFingerprint: fingerprint } = opened;
  if (version !== schema.version || fingerprint !== schema.fingerprint) {
    throw otherSchema(name, { version, fingerprint }, schema);
  }
  if (opened.relay !== relay) {
    const kind = (isRelay: boolean) => (isRelay ? 'a relay' : 'a client');
    throw otherReplica(name, kind(opened.relay), kind(relay));
  }
}

/** Where it had to take another id, its owner may still call it by the one before. */
function checkId(
  replica: JournaledReplica,
  opened: Opened,
  { id }: ReplicaAsk,
  name: string,
): void {
  const known = [replica.id, opened.replica, ...replica.former];
  if (id !== undefined && !known.includes(id)) throw otherReplica(name, replica.id, id);
}

function apply(replay: JournalReplay, record: Uint8Array, name: string, position: number): void {
  try {
    replay.apply(record);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw storageDamaged(name, position, error.message, error);
  }
}

/** Damage that the log itself finds is the storage's. */
function readError(error: unknown, name: string): unknown {
  if (!(error instanceof SyncError) || error.reason !== 'LOG_CORRUPT') return error;
  const { position } = error.metadata;
  const record = position === undefined ? undefined : Number(position);
  return storageDamaged(name, record, error.message, error);
}
