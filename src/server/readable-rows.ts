import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import { readTest } from '../session/rights.ts';
import type { Identity } from '../session/source.ts';

/** Tells of a slot whether its row, live or deleted, may be read. */
export type Readable = (slot: number) => boolean;

/**
 * Which rows of a table an identity may read: those in one of its scopes, and those of everyone, as a replica of it
 * would hold them. Undefined where it may read everything (`*`), which is SyncDB's own rows and those in no scope too.
 */
export function readableRows(
  state: CommittedState,
  def: TableDef,
  identity: Identity,
): Readable | undefined {
  if (identity.readScopes.includes('*')) return undefined;
  const mayRead = readTest(identity);
  const table = state.table(def);
  // Rows share sets of scopes, so that most are looked up.
  const bySet = new Map<number, boolean>();
  return (slot) => {
    const set = table.scopeSetOf(slot);
    let readable = bySet.get(set);
    if (readable === undefined) {
      readable = mayRead(state.scopes.setNames(set));
      bySet.set(set, readable);
    }
    return readable;
  };
}
