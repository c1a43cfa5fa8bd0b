import { bytesEqual } from '../base/bytes.ts';
import type { Limits } from '../base/limits.ts';
import { writeBatch } from '../codec/batch.ts';
import type { BlockWriter } from '../codec/block-writer.ts';
import { writeByteStrings } from '../codec/byte-strings.ts';
import { writeIntegers } from '../codec/integers.ts';
import type { Plan } from '../codec/plan.ts';
import { writeTexts } from '../codec/texts.ts';
import type { Schema } from '../schema/table-def.ts';
import { batchOfRows } from '../table/batch/batch-of-rows.ts';
import { RowForms } from './row-forms.ts';
import type { NumberOf } from './row-numbers.ts';
import type { Change, Transaction } from './transaction.ts';
import {
  type BlockSummary,
  digestKinds,
  flagsOf,
  RunningSummary,
  stampTicks,
} from './transaction-marks.ts';

/**
 * Transactions by columns, as the streams of a column block, one after the other. A *lane* is a column of integers; of no values
 * nothing is written.
 *
 * ```text
 * tables         varint count; of each its name: varint length, UTF-8
 * field sets     varint count; of each a varint count, and so many field numbers as varints
 * transactions   five lanes with a value for each: how many changes; milliseconds and ticks of its stamp (quotient and rest by
 *                1,024); schema version; what its previous digest is: 0 that of the transaction of its writer before it in this
 *                block, 1 none, 2 another one
 *                byte strings: the others
 * changes        three lanes with a value for each, transaction by transaction: flags, its table, its set of fields
 * bases          lane, of each change with flag 4
 * base counters  lane, of each with flag 16: the transaction's counter less the change's base counter
 * conditions     texts, of each with flag 32
 * keys           texts, of each with neither flag 128 nor 512
 * row numbers    lane, of each with flag 512
 * other rows     byte strings, of each with flag 256
 * rows           a batch for each group of rows: those of the puts of a table, and those of its patches, in the order of the first
 *                of each. Deletes are in no group, nor what has flag 256
 * ```
 *
 * Flags: 0 put, 1 patch, 2 delete; 4 has a base, 8 base absent, 16 has a base counter, 32 has a condition (`if_match`),
 * 64 `if_none_match`, 128 the key is that of the row, 256 the row is as it was encoded, and not by columns, 512 the key is that of the
 * row with this number. A row is by columns where these give its bytes again. Returns what has to be known before the block is opened.
 */
export function writeTransactions(
  out: BlockWriter,
  schema: Schema,
  limits: Limits,
  transactions: readonly Transaction[],
  plan: Plan,
  numberOf?: NumberOf,
): BlockSummary {
  const summary = new RunningSummary();
  const columns = new TransactionColumns(schema, limits, numberOf);
  for (const transaction of transactions) {
    columns.add(transaction, summary.lastDigest(transaction.replica));
    summary.add(transaction);
  }
  columns.write(out, plan);
  return summary.finish();
}

class TransactionColumns {
  private readonly forms: RowForms;
  private readonly tables = new Places();
  private readonly fieldSets = new Places();
  private readonly setLists: (readonly number[])[] = [];
  private readonly counts: number[] = [];
  private readonly milliseconds: number[] = [];
  private readonly ticks: number[] = [];
  private readonly schemaVersions: number[] = [];
  private readonly digestKinds: number[] = [];
  private readonly otherDigests: Uint8Array[] = [];
  private readonly flags: number[] = [];
  private readonly tableOf: number[] = [];
  private readonly setOf: number[] = [];
  private readonly bases: number[] = [];
  private readonly baseCounters: number[] = [];
  private readonly conditions: string[] = [];
  private readonly keys: string[] = [];
  private readonly numbers: number[] = [];
  private readonly otherRows: Uint8Array[] = [];

  private readonly numberOf: NumberOf | undefined;

  constructor(schema: Schema, limits: Limits, numberOf: NumberOf | undefined) {
    this.numberOf = numberOf;
    this.forms = new RowForms(schema, limits);
  }

  /** `before` is the digest of the transaction of its writer before it. */
  add(transaction: Transaction, before: Uint8Array | undefined): void {
    const { stamp, schemaVersion, previousDigest, changes } = transaction;
    this.counts.push(changes.length);
    this.milliseconds.push(Math.floor(stamp / stampTicks));
    this.ticks.push(stamp % stampTicks);
    this.schemaVersions.push(schemaVersion);
    if (before !== undefined && bytesEqual(before, previousDigest)) {
      this.digestKinds.push(digestKinds.ofLast);
    } else if (previousDigest.length === 0) this.digestKinds.push(digestKinds.none);
    else {
      this.digestKinds.push(digestKinds.other);
      this.otherDigests.push(previousDigest);
    }
    for (const change of changes) this.addChange(change, transaction.counter);
  }

  private addChange(change: Change, counter: number): void {
    const set = this.fieldSets.of(change.fields.join());
    if (set === this.setLists.length) this.setLists.push(change.fields);
    const form = this.forms.add(change);
    const number = form.hasKey ? undefined : this.numberOf?.(change.table, change.key);
    this.flags.push(flagsOf(change, { ...form, hasNumber: number !== undefined }));
    this.tableOf.push(this.tables.of(change.table));
    this.setOf.push(set);
    if (change.base !== undefined) this.bases.push(change.base);
    if (change.baseCounter !== 0) this.baseCounters.push(counter - change.baseCounter);
    if (change.ifMatch !== '') this.conditions.push(change.ifMatch);
    if (number !== undefined) this.numbers.push(number);
    else if (!form.hasKey) this.keys.push(change.key);
    if (form.isBytes) this.otherRows.push(change.row);
  }

  write(out: BlockWriter, plan: Plan): void {
    this.writeLists(out);
    let part = 0;
    const lanes = (...columns: (readonly number[])[]) => {
      for (const values of columns) {
        writeIntegers(out, Float64Array.from(values), values.length, plan.part(part++));
      }
    };
    lanes(this.counts, this.milliseconds, this.ticks, this.schemaVersions, this.digestKinds);
    writeByteStrings(out, this.otherDigests, plan.part(part++));
    lanes(this.flags, this.tableOf, this.setOf, this.bases, this.baseCounters);
    writeTexts(out, this.conditions, plan.part(part++));
    writeTexts(out, this.keys, plan.part(part++));
    lanes(this.numbers);
    writeByteStrings(out, this.otherRows, plan.part(part++));
    for (const { def, rows, masks } of this.forms.groups) {
      writeBatch(out, batchOfRows(def, rows, masks), plan.part(part++));
    }
  }

  private writeLists({ head }: BlockWriter): void {
    head.varint(this.tables.names.length);
    for (const name of this.tables.names) head.lengthText(name);
    head.varint(this.setLists.length);
    for (const numbers of this.setLists) {
      head.varint(numbers.length);
      for (const number of numbers) head.varint(number);
    }
  }
}

/** Texts by the order in which they came first. */
class Places {
  readonly names: string[] = [];
  private readonly places = new Map<string, number>();

  of(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
