import { assert } from '../base/errors.ts';
import { maskOf } from '../base/mask.ts';
import { finish, type Steps } from '../base/steps.ts';
import { type Batch, batchSteps } from '../codec/batch.ts';
import type { BlockWriter } from '../codec/block-writer.ts';
import { writeIntegers } from '../codec/integers.ts';
import { packedFormat } from '../codec/packed.ts';
import { SetPlaces, writeFieldSets, writeScopeSets } from '../codec/packed-sets.ts';
import { type RowMarks, rowKinds, writeMarks } from '../codec/row-marks.ts';
import { TextPlaces } from '../codec/text-places.ts';
import { writeTexts } from '../codec/texts.ts';
import type { TableDef } from '../schema/table-def.ts';
import { batchOfRowBytes } from '../table/batch/batch-of-rows.ts';
import { batchOfSlots } from '../table/batch/batch-of-slots.ts';
import type { RowMasks } from '../table/batch/row-masks.ts';
import { noTeamCodecs, type TeamCodecs } from '../table/batch/team-codec.ts';
import type { CommittedState } from './committed-state.ts';
import { decidedLimits } from './decided.ts';
import type { DeltaPlans } from './delta-plans.ts';
import type { RowDelta } from './row-delta.ts';

/**
 * The rows of a Delta as a column block, version 1. What is in its frames is written in this order; `list of X` is a varint of the
 * count, then each X, and stands in the head like every varint. A `column` is what docs/columns.md calls so.
 *
 * ```text
 * byte        0x44, the letter D
 * writers     varint of the count, then a column of texts: replica ids
 * scopes      varint of the count, then a column of texts: names of scopes
 * scope sets  list of list of varint: indexes into `scopes`
 * tables      list of: the name as a length and UTF-8; a varint of its rows; its field sets, a list of list of varint, which are
 *             numbers of fields, ascending, each as its difference from the one before, the first from 0
 * order       where there are several tables, a column of integers: of each row the index of its table
 * rows        of each table: the marks of its rows (`RowMarks`), and, where it has full rows or patches, a batch of these
 * ```
 */
export const deltaBlockFormat = { letter: 0x44, rowsMax: packedFormat.rowsMax } as const;

/**
 * Writes rows of a Delta, as they were gathered from `state`, which must be as it was then: of rows that have a slot the columns are
 * read there. No more than `deltaBlockFormat.rowsMax`. `codecs` are those that the receiver has, too.
 */
export function writeDeltas(
  out: BlockWriter,
  deltas: readonly RowDelta[],
  state: CommittedState,
  plans: DeltaPlans,
  codecs = noTeamCodecs,
): void {
  finish(deltaSteps(out, deltas, state, plans, codecs));
}

/** The same in steps: the first one takes what it reads of the state, each further one writes a column. */
export function* deltaSteps(
  out: BlockWriter,
  deltas: readonly RowDelta[],
  state: CommittedState,
  plans: DeltaPlans,
  codecs = noTeamCodecs,
): Steps<void> {
  assert(deltas.length <= deltaBlockFormat.rowsMax, 'a Delta has too many rows for a block');
  const writer = new DeltaBlockWriter(deltas, state, plans, codecs);
  const parts = writer.gather();
  yield;
  yield* writer.steps(out, parts);
}

/** The rows of one table, and which fields patches of it name. */
interface TableRows {
  readonly def: TableDef;
  readonly rows: RowDelta[];
  readonly fieldSets: SetPlaces;
}

/** What is written of the rows of one table. */
interface TablePart {
  /** Of its plans. */
  readonly name: string;
  readonly marks: RowMarks;
  /** Of its full rows and patches. */
  readonly batch: Batch | undefined;
}

class DeltaBlockWriter {
  private readonly state: CommittedState;
  private readonly plans: DeltaPlans;
  private readonly codecs: TeamCodecs;
  private readonly writers = new TextPlaces();
  private readonly scopes = new TextPlaces();
  private readonly scopeSets = new SetPlaces();
  private lastScopes: readonly string[] | undefined;
  private lastScopeSet = 0;
  private readonly tables: TableRows[] = [];
  private readonly order: Float64Array;

  constructor(
    deltas: readonly RowDelta[],
    state: CommittedState,
    plans: DeltaPlans,
    codecs: TeamCodecs,
  ) {
    this.state = state;
    this.plans = plans;
    this.codecs = codecs;
    this.order = new Float64Array(deltas.length);
    const names = new TextPlaces();
    deltas.forEach((delta, at) => {
      const table = names.placeOf(delta.table);
      this.order[at] = table;
      this.tables[table] ??= this.tableOf(delta.table);
      this.tables[table].rows.push(delta);
    });
  }

  private tableOf(name: string): TableRows {
    const def = this.state.schema.tableByName.get(name)!;
    return { def, rows: [], fieldSets: new SetPlaces() };
  }

  gather(): TablePart[] {
    return this.tables.map((table) => this.partOf(table));
  }

  *steps(out: BlockWriter, parts: readonly TablePart[]): Steps<void> {
    out.head.u8(deltaBlockFormat.letter);
    this.writeNames(out, this.writers.texts, 'writers');
    this.writeNames(out, this.scopes.texts, 'scopes');
    writeScopeSets(out.head, this.scopeSets.sets);
    out.head.varint(this.tables.length);
    for (const { def, rows, fieldSets } of this.tables) {
      out.head.lengthText(def.name);
      out.head.varint(rows.length);
      writeFieldSets(out.head, fieldSets.sets);
    }
    if (this.tables.length > 1) {
      writeIntegers(out, this.order, this.order.length, this.plans.of('order'));
    }
    for (const { name, marks, batch } of parts) {
      writeMarks(out, marks, this.plans.of(`marks of ${name}`));
      yield;
      if (batch !== undefined) yield* batchSteps(out, batch, this.plans.of(name));
    }
  }

  private writeNames(out: BlockWriter, names: readonly string[], part: string): void {
    out.head.varint(names.length);
    writeTexts(out, names, this.plans.of(part));
  }

  private marksOf({ rows, fieldSets }: TableRows): RowMarks {
    const known = rows.filter(({ kind }) => kind !== 'evicted');
    const filled = known.filter(isFilled);
    const patches = filled.filter(({ kind }) => kind === 'patch');
    const placed = known.filter(({ kind }) => kind !== 'deleted');
    const own = rows.flatMap((row) => row.own ?? []);
    return {
      kinds: Float64Array.from(rows, ({ kind }) => rowKinds.indexOf(kind)),
      numbers: Float64Array.from(rows, ({ number }) => number),
      versions: Float64Array.from(rows, ({ version }) => version),
      stamps: Float64Array.from(known, ({ stamp }) => stamp),
      writers: Float64Array.from(known, ({ writer }) => this.writers.placeOf(writer)),
      scopeSets: Float64Array.from(placed, ({ scopes }) => this.scopeSetOf(scopes)),
      fieldSets: Float64Array.from(patches, ({ fields }) => fieldSets.placeOf(fields)),
      counters: Float64Array.from(own, ({ counter }) => counter),
      changes: Float64Array.from(own, ({ change }) => change),
    };
  }

  /** Rows in the same scopes have the same list, as a rule. */
  private scopeSetOf(scopes: readonly string[]): number {
    if (scopes === this.lastScopes) return this.lastScopeSet;
    this.lastScopes = scopes;
    this.lastScopeSet = this.scopeSets.placeOf(scopes.map((name) => this.scopes.placeOf(name)));
    return this.lastScopeSet;
  }

  private partOf(table: TableRows): TablePart {
    const { def, rows } = table;
    const marks = this.marksOf(table);
    const filled = rows.filter(isFilled);
    const hasPatches = marks.fieldSets.length > 0;
    const name = `${hasPatches ? 'patches' : 'rows'} of ${def.name}`;
    if (filled.length === 0) return { name, marks, batch: undefined };
    const masks = hasPatches ? masksOf(def, filled) : undefined;
    return { name, marks, batch: this.batchOf(def, filled, masks) };
  }

  private batchOf(def: TableDef, filled: readonly RowDelta[], masks: RowMasks | undefined): Batch {
    const slots: number[] = [];
    for (const { slot } of filled) {
      if (slot === undefined) {
        const rows = filled.map(({ row }) => row);
        return batchOfRowBytes(def, rows, masks, decidedLimits, this.codecs);
      }
      slots.push(slot);
    }
    return batchOfSlots(this.state.table(def).columns, slots, masks, this.codecs);
  }
}

function isFilled({ kind }: RowDelta): boolean {
  return kind === 'full' || kind === 'patch';
}

/** Which columns each patch sets or clears; undefined for whole rows. */
function masksOf(def: TableDef, rows: readonly RowDelta[]): RowMasks {
  return rows.map(({ kind, fields }) =>
    kind === 'patch'
      ? maskOf(
          def.columns.length,
          fields.map((number) => def.columnByNumber.get(number)!.index),
        )
      : undefined,
  );
}
