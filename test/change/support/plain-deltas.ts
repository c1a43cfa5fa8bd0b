import type { RowDelta } from '../../../src/change/row-delta.ts';

/** Rows as plain objects, with all that is made when it is asked for. */
export function plainDeltas(deltas: readonly RowDelta[]): RowDelta[] {
  return deltas.map(({ kind, table, number, key, version, stamp, writer, fields, scopes, row }) => {
    return { kind, table, number, key, version, stamp, writer, fields, scopes, row };
  });
}
