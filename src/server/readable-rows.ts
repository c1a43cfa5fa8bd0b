import type { CommittedState } from '../change/committed-state.ts';
import type { TableDef } from '../schema/table-def.ts';
import type { Identity } from '../session/source.ts';
import { coverTest } from '../session/subscription.ts';

/** Tells of a slot whether its row, live or deleted, may be read. */
export type Readable = (slot: number) => boolean;

/**
 * Which rows of a table an identity may read: those in one of its scopes, and those of everyone, as a replica of it
 * would hold them. Undefined where it may read everything (`*`), which is SyncDB's own rows and those in no scope too.
 */
export function readableRows(
  state: CommittedState,
  def: TableDef,
  { readScopes }: Identity,
): Readable | undefined {
  if (readScopes.includes('*')) return undefined;
  const covers = coverTest(['', ...readScopes]);
  const table = state.table(def);
  // Rows share sets of scopes, so that most are looked up.
  const bySet = new Map<number, boolean>();
  return (slot) => {
    const set = table.scopeSetOf(slot);
    let readable = bySet.get(set);
    if (readable === undefined) {
      readable = state.scopes.setNames(set).some(covers);
      bySet.set(set, readable);
    }
    return readable;
  };
}
