import type { BatchColumn, ColumnValues } from '../../codec/batch.ts';
import { NumberList } from './number-list.ts';

/** The rows of a batch, or messages of a column, that have a field: ascending. */
export class GatheredRows {
  private readonly rows = new NumberList();

  get count(): number {
    return this.rows.length;
  }

  push(row: number): void {
    this.rows.push(row);
  }

  /** The column of `rowCount` rows; none where no row has the field. */
  column(number: number, rowCount: number, values: () => ColumnValues): BatchColumn[] {
    return this.count === 0 ? [] : [{ number, present: this.present(rowCount), values: values() }];
  }

  private present(rowCount: number): Uint8Array | undefined {
    if (this.count === rowCount) return undefined;
    const present = new Uint8Array(rowCount);
    for (const row of this.rows.peek()) present[row] = 1;
    return present;
  }
}
