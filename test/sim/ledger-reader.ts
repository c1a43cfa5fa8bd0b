import { everyoneScope } from '../../src/schema/scope-template.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { coverTest } from '../../src/session/subscription.ts';
import { cellOf, listIn } from './ledger-entry.ts';
import { sameCells } from './model.ts';
import { conflictTable } from './world.ts';

/** What a writer is not told of an entry of its own where the version that it met is in no scope of its. */
const ofRemote = [
  ...['remote_row', 'remote_replica_id', 'row_version', 'remote_scopes', 'local_scopes'],
] as const;
/** What tells of that version, too, where one side is a delete. */
const ofDelete = ['fields', 'rules', 'local_won'] as const;

const defaults: Readonly<Record<string, Cell>> = {
  remote_row: new Uint8Array(0),
  remote_replica_id: '',
  row_version: 0n,
};

/**
 * Whoever holds entries of the ledger: of each it is told as much as the scopes cover that it asked for when the entry came.
 * When that was is not kept, so it may be as any wish had it that the device ever had.
 */
export class LedgerReader {
  private readonly wishes = new Map<string, readonly string[]>();

  /** An empty wish is one for everything. */
  asks(scopes: readonly string[]): void {
    this.wishes.set(scopes.join(), scopes);
  }

  /** It becomes a copy of another device. */
  join({ wishes }: LedgerReader): void {
    for (const scopes of wishes.values()) this.asks(scopes);
  }

  /** Whether it may hold the entry as `found`; the home has it as `entry`. */
  mayHold(entry: readonly Cell[], found: readonly Cell[]): boolean {
    return [...this.wishes.values()].some((scopes) => sameCells(told(entry, scopes), found));
  }
}

/** The entry as its writer is told of it. */
function told(entry: readonly Cell[], scopes: readonly string[]): readonly Cell[] {
  const covers = coverTest([everyoneScope, ...scopes]);
  const isRead =
    scopes.length === 0 || listIn(entry, 'remote_scopes').some((each) => covers(String(each)));
  if (isRead) return entry;
  const isAboutDelete = cellOf(entry, 'about_delete') === true;
  const hidden: ReadonlySet<string> = new Set([...ofRemote, ...(isAboutDelete ? ofDelete : [])]);
  return conflictTable.columns.map(({ name, index }) => {
    if (name === 'redacted') return true;
    return hidden.has(name) ? (defaults[name] ?? null) : entry[index]!;
  });
}
