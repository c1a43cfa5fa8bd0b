import type { CursorGroup } from './cursor.ts';
import type { SyncSource } from './source.ts';
import { coverTest, type Served, tablesOf } from './subscription.ts';

export interface ResolvedScopes {
  readonly byGroup: readonly ReadonlySet<number>[];
  /** Of all groups. */
  readonly held: ReadonlySet<number>;
}

/**
 * Patterns to scope numbers. Scopes are only ever added, so each is looked at once; and where all patterns are names,
 * none of those that are there already.
 */
export class GroupScopes {
  private readonly source: SyncSource;
  private readonly isServed: (scope: string) => boolean;
  /** All that are served, of those that are known. */
  readonly held = new Set<number>();
  private known = 0;
  private byGroup: Set<number>[] = [];
  private assigned = 0;

  constructor(source: SyncSource, served: Served) {
    this.source = source;
    this.isServed = coverTest(served.scopes);
    if (!served.scopes.some((scope) => scope.endsWith('*'))) this.take(served.scopes);
  }

  private take(names: readonly string[]): void {
    const { scopes } = this.source.state;
    for (const name of names) {
      const scope = scopes.find(name);
      if (scope !== undefined) this.held.add(scope);
    }
    this.known = scopes.size;
  }

  /** Takes up the scopes that are new. */
  extend(): void {
    const { scopes } = this.source.state;
    for (; this.known < scopes.size; this.known++) {
      if (this.isServed(scopes.nameOf(this.known))) this.held.add(this.known);
    }
  }

  of(groups: readonly CursorGroup[]): ResolvedScopes {
    this.extend();
    if (groups.length === 1) return { byGroup: [this.held], held: this.held };
    // In an empty database no scope is known, and each group still needs its set.
    if (this.byGroup.length === 0 || this.assigned < this.known) this.assign(groups);
    return { byGroup: this.byGroup, held: this.held };
  }

  /** The groups have become others. */
  forget(): void {
    this.byGroup = [];
    this.assigned = 0;
  }

  tableTest(tables: readonly string[]): (table: number) => boolean {
    if (tables.length === 0) return () => true;
    const { schema } = this.source;
    const numbers = new Set(tables.map((name) => schema.tableByName.get(name)!.index));
    return (table) => numbers.has(table);
  }

  /** A scope that an earlier group has with all of a group's tables is not scanned for it once more. */
  private assign(groups: readonly CursorGroup[]): void {
    const { schema, state } = this.source;
    const tests = groups.map((group) => coverTest(group.scopes));
    const tables = groups.map((group) => tablesOf(schema, group.tables));
    this.byGroup = groups.map(() => new Set());
    for (const scope of this.held) {
      const name = state.scopes.nameOf(scope);
      for (let index = 0; index < groups.length; index++) {
        if (!tests[index]!(name)) continue;
        const known = this.byGroup.some(
          (scopes, at) => scopes.has(scope) && isSubset(tables[index]!, tables[at]!),
        );
        if (!known) this.byGroup[index]!.add(scope);
      }
    }
    this.assigned = this.known;
  }
}

function isSubset(tables: readonly string[], of: readonly string[]): boolean {
  return tables.every((table) => of.includes(table));
}
