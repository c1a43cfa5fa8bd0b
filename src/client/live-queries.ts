import type { ShownWatcher } from '../replica/tentative-view.ts';
import type { TableDef } from '../schema/table-def.ts';
import { atTurnEnd } from './turn-end.ts';

/** Keys of one table that are noted; where more change at once, the table is asked again. */
const keysMax = 4_096;

/** A query that wants to know of changes. */
export interface Watching {
  /** These rows may be shown otherwise than before, or any. */
  changed(keys: ReadonlySet<string> | 'any'): void;
  /** Nothing more will. */
  closed(): void;
}

interface WatchedTable {
  readonly queries: Set<Watching>;
  /** What has changed since they were told. */
  keys: Set<string> | 'any';
}

/** What tells of rows that may be shown otherwise. */
export interface Watchable {
  watcher: ShownWatcher | undefined;
}

/** The live queries of a replica: notes which rows changed, and tells of them once, when the turn of the event loop ends. */
export class LiveQueries implements ShownWatcher {
  private readonly view: Watchable;
  private readonly tables = new Map<TableDef, WatchedTable>();
  private readonly plan = atTurnEnd(() => this.flush());
  private over = false;

  constructor(view: Watchable) {
    this.view = view;
  }

  get isClosed(): boolean {
    return this.over;
  }

  /** Tells the query of changes of a table until the returned function is called. */
  add(table: TableDef, query: Watching): () => void {
    const watched = this.tables.get(table) ?? { queries: new Set(), keys: new Set() };
    // What changed before it came it knows already, and the others are told now.
    this.tell(watched);
    watched.queries.add(query);
    this.tables.set(table, watched);
    this.view.watcher = this;
    return () => {
      watched.queries.delete(query);
      if (watched.queries.size === 0 && this.tables.get(table) === watched) {
        this.tables.delete(table);
      }
      if (this.tables.size === 0) this.view.watcher = undefined;
    };
  }

  /** Tells now, for whoever asks in the middle of a turn. */
  flush(): void {
    for (const watched of this.tables.values()) this.tell(watched);
  }

  /** Tells what has changed so far, and then nothing more. */
  close(): void {
    this.flush();
    this.over = true;
    const tables = [...this.tables.values()];
    for (const { queries } of tables) for (const query of [...queries]) query.closed();
  }

  row(table: TableDef, key: string): void {
    const watched = this.tables.get(table);
    if (watched === undefined || watched.keys === 'any') return;
    watched.keys.add(key);
    if (watched.keys.size > keysMax) watched.keys = 'any';
    this.plan();
  }

  all(): void {
    for (const watched of this.tables.values()) watched.keys = 'any';
    this.plan();
  }

  private tell(watched: WatchedTable): void {
    const { keys, queries } = watched;
    if (keys !== 'any' && keys.size === 0) return;
    watched.keys = new Set();
    for (const query of queries) query.changed(keys);
  }
}
