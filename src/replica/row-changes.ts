import type { Cell } from '../schema/table-def.ts';

/** A row as it is shown. The same object as long as nothing of it changes. */
export interface LiveRow {
  readonly key: string;
  readonly cells: readonly Cell[];
  /** Whether tentative changes are on top. */
  readonly pending: boolean;
}

/** A row of a query that came (nothing before), went (nothing after) or changed. */
export interface RowChange {
  readonly before: LiveRow | undefined;
  readonly after: LiveRow | undefined;
}

/** What has become of the rows of a query since somebody looked last: of each row the first state and the newest. */
export class RowChanges {
  private readonly byKey = new Map<string, RowChange>();

  get size(): number {
    return this.byKey.size;
  }

  note(key: string, before: LiveRow | undefined, after: LiveRow | undefined): void {
    const noted = this.byKey.get(key);
    const first = noted === undefined ? before : noted.before;
    if (first === after) this.byKey.delete(key);
    else this.byKey.set(key, { before: first, after });
  }

  /** The same of others, behind these. */
  noteAll(changes: RowChanges): void {
    for (const [key, { before, after }] of changes.byKey) this.note(key, before, after);
  }

  all(): Iterable<RowChange> {
    return this.byKey.values();
  }

  clear(): void {
    this.byKey.clear();
  }
}
