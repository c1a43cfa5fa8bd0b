import { malformed } from '../base/bytes.ts';
import { SyncError } from '../base/errors.ts';
import { defaultLimits } from '../base/limits.ts';
import type { Outcome, Refusal } from '../change/commit.ts';
import type { RowDelta } from '../change/row-delta.ts';
import { decodeRow } from '../schema/row-codec.ts';
import { createSystemSchema } from '../schema/schema.ts';
import { cellOf, outcomeKey, outcomeOf, refusalOf, systemTables } from './system-rows.ts';

/** What deltas tell of refused transactions, without the team's schema and without a copy. */
export class Refusals {
  private readonly table = systemTables(createSystemSchema()).outcome;
  private readonly byKey = new Map<string, Refusal>();

  /** DATA_LOSS MALFORMED_BYTES where a row of them does not parse. */
  take(deltas: readonly RowDelta[]): void {
    for (const { table, kind, row } of deltas) {
      // They come whole, and never change.
      if (table === this.table.name && kind === 'full') this.add(row);
    }
  }

  /** Another copy is begun, which is told all of them. */
  clear(): void {
    this.byKey.clear();
  }

  /** Undefined where nothing tells that it was refused. */
  of(replica: string, counter: number): Outcome | undefined {
    const refusal = this.byKey.get(outcomeKey(replica, counter));
    return refusal && outcomeOf(replica, counter, refusal, 0);
  }

  private add(row: Uint8Array): void {
    try {
      const { cells } = decodeRow(this.table, row, 0, row.length, defaultLimits);
      this.byKey.set(String(cellOf(this.table, cells, 'id')), refusalOf(this.table, cells));
    } catch (error) {
      throw error instanceof SyncError ? malformed('outcome', error.message) : error;
    }
  }
}
