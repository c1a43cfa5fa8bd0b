import type { RowDelta } from '../../../src/change/row-delta.ts';

/** Rows as plain objects, with all that is made when it is asked for. */
export function plainDeltas(deltas: readonly RowDelta[]): RowDelta[] {
  return deltas.map((delta) => {
    const { kind, table, number, key, version, stamp, writer, fields, scopes, row, own } = delta;
    const plain = { kind, table, number, key, version, stamp, writer, fields, scopes, row };
    return own === undefined ? plain : { ...plain, own };
  });
}
