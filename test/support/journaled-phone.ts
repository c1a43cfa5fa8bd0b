/** A phone with a journal and no disk: what it took, which of it is stored, and what it was after each record. */
import { ByteWriter, toHex } from '../../src/base/bytes.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { positionOf } from '../../src/base/seq.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import { encodeTransaction, type Transaction } from '../../src/change/transaction.ts';
import {
  encodeJournalRecord,
  type JournalRecord,
  type Opened,
} from '../../src/replica/journal-record.ts';
import { JournalReplay } from '../../src/replica/journal-replay.ts';
import type { JournaledReplica } from '../../src/replica/journaled-replica.ts';
import { storedRow } from '../../src/replica/quarantine.ts';
import type { Edit, Replica } from '../../src/replica/replica.ts';
import { ClientSession } from '../../src/session/client-session.ts';
import { Conversation } from '../session/support/conversation.ts';
import { databaseName, type Host } from '../session/support/hosts.ts';
import { simSchema } from './sim-schema.ts';

/** How far the replica was with a record. */
interface Mark {
  readonly id: string;
  readonly counter: number;
  readonly cursor: Uint8Array;
}

export class JournaledPhone {
  replica: JournaledReplica;
  session: ClientSession;
  line: Conversation | undefined;
  records: Uint8Array[];
  /** What the replica was after each record. */
  states: unknown[];
  storedCount = 1;
  /** Records with which the journal begins, all or none: whose it is, and a state. */
  begun = 1;
  scopes: readonly string[] = [];
  readonly limits: Limits;
  private marks: Mark[];
  private readonly opened: Opened;

  constructor(id: string, limits: Partial<Limits> = {}, relay = false) {
    this.limits = { ...defaultLimits, ...limits };
    this.opened = openedBy(id, relay);
    this.records = [encodeJournalRecord({ kind: 'opened', opened: this.opened })];
    this.replica = replayed(this.records, this.limits);
    this.states = [describeReplica(this.replica)];
    this.marks = [this.mark()];
    this.session = this.newSession();
  }

  /** Writes as an app does: one edit goes into the one before it where that can be. */
  edit([edit, ...more]: readonly Edit[], nowMs: number): Transaction {
    const amended = more.length === 0 ? this.replica.amend(edit!, nowMs) : undefined;
    return amended ?? this.replica.write([edit!, ...more], nowMs);
  }

  /** All so far is on stable storage, or the first so many records of it. */
  store(count = this.records.length): void {
    this.storedCount = Math.max(this.storedCount, Math.min(count, this.records.length));
  }

  connect(host: Host): void {
    this.line?.cut();
    this.line = new Conversation(this.session, host, {
      witness: {
        event: (event) => {
          if (event.type !== 'forked') return;
          this.replica.takeIdentity(event.outcomes, new Uint8Array(4).fill(this.records.length));
        },
      },
    });
  }

  /** The process ends, and another goes on with what is stored; an older backup where `count` says so. */
  crash(count = this.storedCount): void {
    this.line?.cut();
    this.line = undefined;
    this.records = this.records.slice(0, count);
    this.states = this.states.slice(0, count);
    this.marks = this.marks.slice(0, count);
    this.storedCount = count;
    this.replica.onInput = undefined;
    this.replica = replayed(this.records, this.limits);
    this.session = this.newSession();
    this.replica.seal();
    this.marks[count - 1] = this.mark();
  }

  /** The journal is written anew. */
  compact(): void {
    this.records = compacted(this.replica, this.opened);
    this.replica.onInput = (record) => this.add(record);
    const state = describeReplica(this.replica);
    this.states = this.records.map((_, index) =>
      index === this.records.length - 1 ? state : undefined,
    );
    this.marks = this.records.map(() => this.mark());
    this.storedCount = this.records.length;
    this.begun = this.records.length;
  }

  resubscribe(scopes: readonly string[]): void {
    this.line?.cut();
    this.line = undefined;
    this.scopes = scopes;
    this.session = this.newSession();
  }

  private newSession(): ClientSession {
    const { replica, scopes } = this;
    replica.onInput = (record) => this.add(record);
    return new ClientSession({
      replica,
      database: databaseName,
      scopes,
      tables: [],
      encodings: ['packed'],
      compressions: [],
      storedCounter: () => {
        const { id, counter } = this.marks[this.storedCount - 1]!;
        return id === replica.id ? counter : 0;
      },
      storedCursor: () => this.marks[this.storedCount - 1]!.cursor,
    });
  }

  private add(record: JournalRecord): void {
    // What is stored of it is another.
    if (record.kind === 'amend') this.lowerMarks(record.transaction.counter - 1);
    this.records.push(encodeJournalRecord(record));
    this.states.push(describeReplica(this.replica));
    this.marks.push(this.mark());
  }

  private lowerMarks(last: number): void {
    this.marks = this.marks.map((mark) => ({ ...mark, counter: Math.min(mark.counter, last) }));
  }

  private mark(): Mark {
    const { id, lastCounter: counter, cursor } = this.replica;
    return { id, counter, cursor };
  }
}

export function openedBy(id: string, relay = false): Opened {
  return {
    database: databaseName,
    schemaVersion: simSchema.version,
    schemaFingerprint: simSchema.fingerprint,
    replica: id,
    relay,
    wish: { scopes: [], tables: [] },
  };
}

export function replayed(
  records: readonly Uint8Array[],
  limits: Limits = defaultLimits,
): JournaledReplica {
  const replay = new JournalReplay(simSchema, limits);
  for (const record of records) replay.apply(record);
  return replay.finish()!;
}

/** A journal that begins with the replica's state. */
export function compacted(replica: JournaledReplica, opened: Opened): Uint8Array[] {
  const records: JournalRecord[] = [{ kind: 'opened', opened }];
  // Each is encoded before the next is taken.
  const bytes = records.map(encodeJournalRecord);
  for (const record of replica.copyRecords()) bytes.push(encodeJournalRecord(record));
  return [...bytes, ...replica.queueRecords().map(encodeJournalRecord)];
}

/** All that a replica is, as plain values that can be compared. */
export function describeReplica(replica: JournaledReplica) {
  const { id, former, lastCounter, cursor, proven, synced, committed, parked } = replica;
  const { settled, settledBefore, told, stamp, lost } = replica.writerState();
  const copy = [...replica.copyRecords()].filter(({ kind }) => kind === 'staged');
  return {
    ...{ id, former, lastCounter, proven, synced, settled, stamp },
    ...{ settledBefore: [...settledBefore], told: [...told], lost: [...(lost ?? [])] },
    kept: replica.kept.all.map(({ transaction, seq }) => `${transactionHex(transaction)} ${seq}`),
    settledTo: [...replica.kept.settledTo],
    quarantined: replica.quarantined.map(storedRow),
    cursor: toHex(cursor),
    head: committed.head,
    rows: wholeState(committed),
    queue: replica.queue.all().map(({ transaction, orderStamp }) => {
      return `${transactionHex(transaction)} ${orderStamp}`;
    }),
    parked: parked.map(({ transaction, outcome }) => [transactionHex(transaction), outcome]),
    view: viewOf(replica),
    staged: copy.map((record) => toHex(encodeJournalRecord(record))),
    chain: chainOf(replica),
  };
}

/** By position what it knows of the chain of the log. */
export function chainOf(replica: Replica): (number | undefined)[] {
  const length = positionOf(replica.committed.head);
  return Array.from({ length }, (_, index) => replica.checkAt(index + 1));
}

function transactionHex(transaction: Transaction): string {
  const out = new ByteWriter();
  encodeTransaction(transaction, out);
  return toHex(out.finish());
}

/** Every live row with its bookkeeping, in the order of keys. */
export function wholeState(state: CommittedState): string[] {
  const rows = state.tables.flatMap((table) => {
    const { columns, def } = table;
    return Array.from({ length: columns.slotEnd }, (_, slot) => slot)
      .filter((slot) => columns.isLive(slot))
      .map((slot) => {
        const out = new ByteWriter();
        columns.encodeRow(slot, undefined, out);
        const scopes = state.scopes.setNames(table.scopeSetOf(slot)).toSorted();
        const writer = state.writers.text(table.writerOf(slot));
        const numbers = [table.numberOf(slot), table.versionOf(slot), table.stampOf(slot)];
        return `${def.name} ${columns.keyOf(slot)} ${numbers} ${writer} ${scopes} ${toHex(out.finish())}`;
      });
  });
  return rows.sort();
}

function viewOf(replica: Replica): unknown[] {
  return simSchema.tables.flatMap((table) =>
    [...replica.view.overlay(table).entries()].toSorted(([left], [right]) =>
      left < right ? -1 : 1,
    ),
  );
}
