import { type ByteReader, ByteWriter } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import { addToMask, maskHas } from '../base/mask.ts';
import { readFixed, writeFixed } from '../codec/fixed-column.ts';
import { readTexts, TextPlaces } from '../codec/text-places.ts';
import { decodeRow } from '../schema/row-codec.ts';
import type { SavedColumns } from '../table/table.ts';
import type { EntryColumns } from './change-index.ts';
import type { CommittedState } from './committed-state.ts';
import { decidedLimits } from './decided.ts';
import { addDigest, rowDigest, type ScopeTotal } from './row-digest.ts';
import type { TableState } from './table-state.ts';

/**
 * Rows of a table that follow one another, as one block of a snapshot has them: their writers, and their sets of scopes with
 * what its live rows add to the totals; versions, stamps, writers and sets by columns; the change entries of rows that have
 * more than one; then keys and cells (`Table.save`).
 */

/** Every seq, stamp and entry count is below it. */
const unlimited = 2 ** 53;
/** A row has no more entries than columns, and its insertion. */
const entriesMax = (table: TableState) => table.def.columns.length + 2;

/** One number for each row of a block. */
interface RowColumns {
  readonly versions: Float64Array;
  readonly stamps: Float64Array;
  readonly writerPlaces: Float64Array;
  readonly setPlaces: Float64Array;
  readonly entryCounts: Float64Array;
}

let rowColumns: RowColumns | undefined;

/** Room for the numbers of one block, shared by all: typed arrays that live for a block only keep the collector busy. */
function columnsFor(count: number): RowColumns {
  if (rowColumns === undefined || rowColumns.versions.length < count) {
    rowColumns = {
      versions: new Float64Array(count),
      stamps: new Float64Array(count),
      writerPlaces: new Float64Array(count),
      setPlaces: new Float64Array(count),
      entryCounts: new Float64Array(count),
    };
  }
  return rowColumns;
}

/** How a table of a snapshot is a table here. */
export interface SavedTable {
  readonly state: TableState;
  readonly columns: SavedColumns;
  /** True where nested messages may read differently now, so that every row is held against the schema. */
  readonly recheck: boolean;
}

/** Appends rows [first, first + count) of a table, all of one chunk. */
export function saveRows(
  state: CommittedState,
  table: TableState,
  first: number,
  count: number,
  out: ByteWriter,
): void {
  const writers = new TextPlaces();
  const sets = new SetPlaces(state, table);
  const { versions, stamps, writerPlaces, setPlaces, entryCounts } = columnsFor(count);
  const entries: EntryColumns<number[]> = { seqs: [], stamps: [], writers: [], masks: [] };
  for (let at = 0; at < count; at++) {
    const slot = first + at;
    versions[at] = table.versionOf(slot);
    stamps[at] = table.stampOf(slot);
    writerPlaces[at] = writers.placeOf(state.writers.text(table.writerOf(slot)));
    setPlaces[at] = sets.add(slot);
    const before = entries.seqs.length;
    table.changes.copyTo(slot, entries);
    entryCounts[at] = entries.seqs.length - before;
  }
  const entryWriters = entries.writers.map((writer) => writers.placeOf(state.writers.text(writer)));
  writers.write(out);
  sets.write(out);
  for (const column of [versions, stamps, writerPlaces, setPlaces, entryCounts]) {
    writeFixed(out, column, count);
  }
  for (const column of [entries.seqs, entries.stamps, entryWriters, entries.masks]) {
    writeFixed(out, Float64Array.from(column), column.length);
  }
  table.columns.save(first, count, out);
}

/**
 * Takes up the next `count` rows of a table. DATA_LOSS MALFORMED_BYTES where `saveRows` cannot have written them, or where
 * they do not fit the schema.
 */
export function restoreRows(
  state: CommittedState,
  { state: table, columns, recheck }: SavedTable,
  count: number,
  reader: ByteReader,
): void {
  const first = table.columns.slotEnd;
  const writers = readTexts(reader).map((text) => state.writers.intern(text));
  const sets = readSets(state, table, reader);
  const { versions, stamps, writerPlaces, setPlaces, entryCounts } = columnsFor(count);
  readFixed(reader, versions, count, unlimited, 'version');
  readFixed(reader, stamps, count, unlimited, 'stamp');
  readFixed(reader, writerPlaces, count, writers.length, 'writer');
  readFixed(reader, setPlaces, count, sets.length, 'scope set');
  readFixed(reader, entryCounts, count, entriesMax(table), 'entry count');
  const entries = readEntries(table, entryCounts.subarray(0, count), writers, columns, reader);
  table.columns.restore(count, reader, columns);
  restorePostings(state, table, sets, setPlaces, versions, count);
  for (let at = 0; at < count; at++) {
    writerPlaces[at] = writers[writerPlaces[at]!]!;
    setPlaces[at] = sets[setPlaces[at]!]!;
  }
  table.restoreRows(first, {
    versions: versions.subarray(0, count),
    stamps: stamps.subarray(0, count),
    writers: writerPlaces.subarray(0, count),
    scopeSets: setPlaces.subarray(0, count),
  });
  for (let at = 0, entry = 0; at < count; at++) {
    const end = entry + entryCounts[at]!;
    if (end > entry) table.changes.addChain(first + at, entries, entry, end);
    entry = end;
  }
  if (recheck) recheckRows(table, first, count, reader);
}

/** Set after set, so that each list is found once for all of its rows. */
function restorePostings(
  state: CommittedState,
  table: TableState,
  sets: readonly number[],
  places: Float64Array,
  versions: Float64Array,
  count: number,
): void {
  const first = table.columns.slotEnd - count;
  const ends = new Uint32Array(sets.length);
  for (let at = 0; at < count; at++) ends[places[at]!]!++;
  for (let place = 1; place < ends.length; place++) ends[place]! += ends[place - 1]!;
  const rows = { slots: new Uint32Array(count), seqs: new Float64Array(count) };
  const starts = ends.slice();
  for (let at = count - 1; at >= 0; at--) {
    const to = --starts[places[at]!]!;
    rows.slots[to] = first + at;
    rows.seqs[to] = versions[at]!;
  }
  for (const [place, set] of sets.entries()) {
    state.scopes.restoreRows(set, table.def.index, rows, starts[place]!, ends[place]!);
  }
}

/** The sets of scopes of some rows, each with what its live rows add to the totals. */
class SetPlaces {
  private readonly state: CommittedState;
  private readonly table: TableState;
  private readonly places = new Map<number, number>();
  private readonly sets: number[] = [];
  private readonly totals: ScopeTotal[] = [];

  constructor(state: CommittedState, table: TableState) {
    this.state = state;
    this.table = table;
  }

  add(slot: number): number {
    const { table, places, sets, totals } = this;
    const set = table.scopeSetOf(slot);
    let place = places.get(set);
    if (place === undefined) {
      place = sets.push(set) - 1;
      places.set(set, place);
      totals.push({ count: 0, high: 0, low: 0 });
    }
    if (set !== 0 && table.columns.isLive(slot)) {
      const total = totals[place]!;
      total.count++;
      addDigest(
        total,
        rowDigest(table.def.name, table.columns.keyOf(slot), table.versionOf(slot)),
        1,
      );
    }
    return place;
  }

  write(out: ByteWriter): void {
    const { scopes } = this.state;
    const names = new TextPlaces();
    const members = this.sets.map((set) => scopes.setNames(set).map((name) => names.placeOf(name)));
    names.write(out);
    out.varint(this.sets.length);
    for (const [place, set] of members.entries()) {
      const { count, high, low } = this.totals[place]!;
      out.varint(set.length);
      for (const member of set) out.varint(member);
      out.varint(count);
      out.fixed32(high);
      out.fixed32(low);
    }
  }
}

/** Interns the sets of a block and adds up their totals. */
function readSets(state: CommittedState, table: TableState, reader: ByteReader): number[] {
  const names = readTexts(reader);
  const sets: number[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const members: string[] = [];
    for (let rest = reader.count(); rest > 0; rest--) {
      const name = names[reader.varint()];
      if (name === undefined) throw reader.fail('a scope set has an unknown scope');
      members.push(name);
    }
    const set = state.scopes.setOf(members.length > 1 ? [...new Set(members)] : members);
    const total = { count: reader.varint(), high: reader.fixed32(), low: reader.fixed32() };
    if (total.count > 0) state.scopes.restoreTotal(set, table.def.index, total);
    sets.push(set);
  }
  return sets;
}

function readEntries(
  table: TableState,
  counts: Float64Array,
  writers: readonly number[],
  columns: SavedColumns,
  reader: ByteReader,
): EntryColumns {
  let total = 0;
  for (let at = 0; at < counts.length; at++) total += counts[at]!;
  const words = (columns.targets.length + 31) >>> 5;
  const seqs = new Float64Array(total);
  const stamps = new Float64Array(total);
  const entryWriters = new Float64Array(total);
  const saved = new Float64Array(total * words);
  readFixed(reader, seqs, total, unlimited, 'entry seq');
  readFixed(reader, stamps, total, unlimited, 'entry stamp');
  readFixed(reader, entryWriters, total, writers.length, 'entry writer');
  readFixed(reader, saved, saved.length, 2 ** 32, 'entry mask');
  for (let at = 0; at < total; at++) entryWriters[at] = writers[entryWriters[at]!]!;
  const masks = columns.added.length === 0 ? saved : widened(saved, words, table, columns);
  return { seqs, stamps, writers: entryWriters, masks };
}

/**
 * Masks in terms of a table that has more columns. Whoever wrote a whole row wrote the columns that came later too, at their
 * defaults; and the key's column tells who wrote it whole last, since nothing else ever changes it.
 */
function widened(
  saved: Float64Array,
  savedWords: number,
  { def }: TableState,
  { targets, added }: SavedColumns,
): Float64Array {
  const words = def.allColumns.length;
  const masks = new Float64Array((saved.length / savedWords) * words);
  for (let entry = 0; entry * savedWords < saved.length; entry++) {
    const from = Uint32Array.from(saved.subarray(entry * savedWords, (entry + 1) * savedWords));
    const mask = new Uint32Array(words);
    for (const [index, target] of targets.entries()) {
      if (maskHas(from, index)) addToMask(mask, target);
    }
    if (maskHas(mask, def.key)) for (const index of added) addToMask(mask, index);
    masks.set(mask, entry * words);
  }
  return masks;
}

/** Reads the live rows anew, as replaying the log would. */
function recheckRows(table: TableState, first: number, count: number, reader: ByteReader): void {
  const { def, columns } = table;
  const message = new ByteWriter(1 << 10);
  for (let slot = first; slot < first + count; slot++) {
    if (!columns.isLive(slot)) continue;
    message.reset();
    columns.encodeRow(slot, undefined, message);
    const row = message.peek();
    try {
      columns.setRow(slot, decodeRow(def, row, 0, row.length, decidedLimits).cells);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      throw reader.fail(`a row of ${def.name} does not fit the schema (${error.message})`);
    }
  }
}
