/** A receiver of deltas that may be cut off at any batch, as a session with a cursor of several groups brings them. */
import { defaultLimits } from '../../src/base/limits.ts';
import type { CommittedState } from '../../src/change/committed-state.ts';
import { scanDeltas } from '../../src/change/delta-scan.ts';
import { comparePositions, scanAfter } from '../../src/change/posting-list.ts';
import type { Checkpoint, RowDelta } from '../../src/change/row-delta.ts';
import { digestValue } from '../../src/change/row-digest.ts';
import { CommittedCopy } from '../../src/replica/committed-copy.ts';
import { normalisePatterns, patternsMatch } from '../../src/schema/scope-pattern.ts';
import type { TableDef } from '../../src/schema/table-def.ts';
import { type CursorGroup, groupAt } from '../../src/session/cursor.ts';
import { groupsFor, type Served } from '../../src/session/subscription.ts';
import { modelSchema } from './model-schema.ts';

/** How much one batch takes. */
export interface BatchSize {
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly visitsMax: number;
}

export const wholeBatch: BatchSize = {
  rowsMax: 1_000,
  bytesMax: 1 << 20,
  visitsMax: defaultLimits.deltaVisitsMax,
};

/** What a batch brought: the deltas of each group that it scanned, and whether the head was reached. */
export interface Gathered {
  readonly scans: readonly { readonly group: CursorGroup; readonly deltas: readonly RowDelta[] }[];
  readonly deltas: readonly RowDelta[];
  readonly groups: readonly CursorGroup[];
  readonly checkpoint: Checkpoint | undefined;
}

const cursor = new Uint8Array([1]);

/** What takes in deltas. */
export interface DeltaSink {
  readonly state: CommittedState;
  readonly synced: boolean;
  stage: CommittedCopy['stage'];
  advance(checkpoint: Checkpoint): { readonly proven: boolean };
  restart(): void;
}

export class ModelReceiver {
  /** Where the deltas go: a copy alone, or that of a replica. */
  readonly copy: DeltaSink;
  /** What the stream serves. */
  served: Served;
  private groups: readonly CursorGroup[];
  /** The groups as the cursor has them that was stored last. */
  private stored: readonly CursorGroup[] = [];
  /** The first batch of a stream tells the copy what the stream serves. */
  private isFirstBatch = true;

  constructor(scopes: readonly string[], copy: DeltaSink = new CommittedCopy(modelSchema, false)) {
    this.copy = copy;
    this.served = servedOf(scopes, []);
    this.groups = groupsFor(modelSchema, this.served, []);
  }

  get state(): CommittedState {
    return this.copy.state;
  }

  /** What came before this seq the receiver cannot be told anew: its oldest group that has begun knows as much. */
  get knownSeq(): number {
    const begun = this.stored.filter(({ since, upto }) => since > 0 || upto > 0);
    return Math.min(...begun.map(({ since, first }) => (since === 0 ? first : since)));
  }

  /** Whether the receiver holds a row of this table in these scopes. */
  holds(table: string, scopes: readonly string[]): boolean {
    return (
      this.holdsTable(table) && scopes.some((scope) => patternsMatch(this.served.scopes, scope))
    );
  }

  holdsTable(table: string): boolean {
    const { tables } = this.served;
    return tables.length === 0 || tables.includes(table);
  }

  /** Connects anew and asks for these scopes and tables of the team; none for all. */
  resubscribe(scopes: readonly string[], tables: readonly TableDef[] = []): void {
    this.served = servedOf(scopes, tables);
    this.groups = groupsFor(modelSchema, this.served, this.stored);
    this.isFirstBatch = true;
  }

  /** The next batch from a source; nothing of the receiver changes. */
  gather(source: CommittedState, size: BatchSize): Gathered {
    const numbers = this.groups.map(
      ({ scopes }) => new Set(source.scopes.matching((name) => patternsMatch(scopes, name))),
    );
    const held = new Set(numbers.flatMap((scopes) => [...scopes]));
    // New groups begin together.
    const began = { first: source.head, upto: source.head };
    const groups = this.groups.map((group) =>
      group.since === 0 && group.upto === 0 ? { ...group, ...began } : group,
    );
    const scans: { group: CursorGroup; deltas: readonly RowDelta[] }[] = [];
    let { rowsMax } = size;
    let done = true;
    for (const [index, group] of groups.entries()) {
      const { since, first, at, upto } = group;
      const isAtHead = upto === source.head && comparePositions(at, scanAfter(source.head)) >= 0;
      if (isAtHead) continue;
      done = rowsMax > 0;
      if (!done) break;
      const ofTable = tableTest(group.tables);
      const scopes = numbers[index]!;
      const request = { ...size, rowsMax, scopes, held, ofTable, since, first, at, upto };
      const scan = scanDeltas(source, request);
      groups[index] = { ...group, at: scan.at, upto: source.head };
      scans.push({ group, deltas: scan.deltas });
      rowsMax -= scan.deltas.length;
      done = scan.done;
      if (!done) break;
    }
    const deltas = scans.flatMap((scan) => scan.deltas);
    const checkpoint = done ? this.checkpointOf(source, held) : undefined;
    return { scans, deltas, groups, checkpoint };
  }

  /** Stores a batch. At a checkpoint it returns whether the copy is proven. */
  store({ deltas, groups, checkpoint }: Gathered): boolean | undefined {
    const { scopes, tables } = this.served;
    this.copy.stage(deltas, cursor, this.isFirstBatch ? this.served : undefined);
    this.isFirstBatch = false;
    this.groups = checkpoint === undefined ? groups : [groupAt(checkpoint.seq, scopes, tables)];
    this.stored = this.groups;
    return checkpoint && this.copy.advance(checkpoint).proven;
  }

  /** Pulls up to the head. Returns whether the copy is proven. */
  pull(source: CommittedState, size: BatchSize = wholeBatch): boolean {
    for (;;) {
      const proven = this.store(this.gather(source, size));
      if (proven !== undefined) return proven;
    }
  }

  /** Begins anew. */
  restart(): void {
    this.copy.restart();
    this.stored = [];
    this.groups = groupsFor(modelSchema, this.served, []);
    this.isFirstBatch = true;
  }

  private checkpointOf(source: CommittedState, held: ReadonlySet<number>): Checkpoint {
    const totals = source.scopes.totals(held, tableTest(this.served.tables));
    const digest = digestValue(totals);
    return { seq: source.head, rowCount: totals.count, digest, settled: new Map() };
  }
}

function servedOf(scopes: readonly string[], tables: readonly TableDef[]): Served {
  const chosen = [...tables, ...modelSchema.tables.filter(({ system }) => system)];
  const names = tables.length === 0 ? [] : chosen.map(({ name }) => name).sort();
  return { scopes: normalisePatterns(scopes), tables: names };
}

function tableTest(names: readonly string[]): (table: number) => boolean {
  return (table) => names.length === 0 || names.includes(modelSchema.tables[table]!.name);
}
