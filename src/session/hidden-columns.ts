import { cellOf, systemTables } from '../replica/system-rows.ts';
import { listElements } from '../schema/list-elements.ts';
import type { Cell, Schema, TableDef } from '../schema/table-def.ts';
import { coverTest } from './subscription.ts';

/** What is left out for a reader that holds none of the scopes of the version that was met. */
const remoteColumns = ['remote_row', 'remote_replica_id', 'row_version', 'remote_scopes'];
/** Likewise of the version that the writer wanted. */
const localColumns = ['local_row', 'base_version', 'local_scopes'];
/** What tells of both, left out where one of them is; only the writer itself keeps it. */
const sharedColumns = ['key', 'fields', 'rules', 'local_won', 'about_delete'];
/** What of a conflict with a delete is said of the version that was met: which fields others had changed. */
const deleteColumns = ['fields', 'rules', 'local_won'];
/** What of a refusal may tell of the row that it is about. */
const refusalColumns = ['message', 'current_etag', 'violations'];

/** Who reads rows of SyncDB's own. */
export interface Reader {
  /** Ids that the replica has and had: it is told more of what it wrote itself. None for a reader that is no replica. */
  readonly replicas: readonly string[];
  /** Scopes that it is served. */
  readonly scopes: readonly string[];
}

/** Which columns of SyncDB's own rows a reader may not have (invariant 7). */
export class HiddenColumns {
  private readonly reader: Reader;
  private readonly conflict: TableDef;
  private readonly outcome: TableDef;
  private readonly holdsAll: boolean;
  private readonly isServed: (scope: string) => boolean;

  constructor(schema: Schema, reader: Reader) {
    const { conflict, outcome } = systemTables(schema);
    this.reader = reader;
    this.conflict = conflict;
    this.outcome = outcome;
    this.holdsAll = reader.scopes.includes('*');
    this.isServed = coverTest(reader.scopes);
  }

  /** Whether rows of this table may have any: not for a reader that holds everything. */
  concerns(table: TableDef): boolean {
    return !this.holdsAll && (table === this.conflict || table === this.outcome);
  }

  /** Names of those of a row of such a table; none where the reader may have it whole. */
  of(table: TableDef, cells: readonly Cell[]): readonly string[] {
    const isWriter = this.reader.replicas.includes(String(cellOf(table, cells, 'replica_id')));
    if (table === this.outcome) return isWriter ? [] : refusalColumns;
    return isWriter ? this.ofOwnEntry(cells) : this.ofEntry(cells);
  }

  /** Where the row is now is not for a writer that may not read it, and its change may have been applied to that. */
  private ofOwnEntry(cells: readonly Cell[]): readonly string[] {
    if (this.holdsOneOf(cells, 'remote_scopes')) return [];
    const isAboutDelete = cellOf(this.conflict, cells, 'about_delete') === true;
    return [...remoteColumns, 'local_scopes', ...(isAboutDelete ? deleteColumns : [])];
  }

  private ofEntry(cells: readonly Cell[]): readonly string[] {
    const hidden = [
      ...(this.holdsOneOf(cells, 'remote_scopes') ? [] : remoteColumns),
      ...(this.holdsOneOf(cells, 'local_scopes') ? [] : localColumns),
    ];
    return hidden.length === 0 ? hidden : [...hidden, ...sharedColumns];
  }

  private holdsOneOf(cells: readonly Cell[], name: string): boolean {
    const column = this.conflict.columnByName.get(name)!;
    const scopes = listElements(column, cells[column.index] as Uint8Array | null);
    return scopes.some((scope) => this.isServed(scope as string));
  }
}
