import type { Commit } from '../change/commit.ts';
import type { CommittedState } from '../change/committed-state.ts';
import { fingerprintText } from '../schema/fingerprint.ts';
import { schemaChanges } from '../schema/schema-change.ts';
import type { Cell, Schema } from '../schema/table-def.ts';
import { schemaChanged, schemaOlder } from './replica-errors.ts';
import { cellOf, cellsByName, systemTables, timeCell } from './system-rows.ts';

/** The writer of what the home says of itself. No replica can have this name. */
export const homeReplica = '$home';

/** A schema as the log has it. */
export interface PublishedSchema {
  readonly number: number;
  readonly version: number;
  readonly fingerprint: string;
  readonly facts: string;
}

/** The schema in which the newest rows of a state are written; undefined where none was published. */
export function newestSchema(state: CommittedState): PublishedSchema | undefined {
  const { schemaVersion } = systemTables(state.schema);
  // Nobody deletes one, so the newest has the number of all.
  const newest = String(state.table(schemaVersion).columns.liveCount);
  const cells = state.cells(schemaVersion, newest);
  return cells && publishedOf(state.schema, cells);
}

/**
 * Checks that the schema reads what comes behind a commit, where the commit publishes one: it comes before any row that
 * is written in it. FAILED_PRECONDITION SCHEMA_OLDER or SCHEMA_CHANGED.
 */
export function checkPublished(commit: Commit, schema: Schema): void {
  if (commit.replica !== homeReplica) return;
  const { schemaVersion } = systemTables(schema);
  for (const { table, cells } of commit.effects) {
    if (table === schemaVersion) checkFits(publishedOf(schema, cells), schema);
  }
}

/** The same for rows that come without a commit: those of a snapshot. */
export function checkFits(published: Omit<PublishedSchema, 'number'>, schema: Schema): void {
  if (schema.version < published.version) throw schemaOlder(published, schema);
  if (schema.fingerprint === published.fingerprint) return;
  const changes = schemaChanges(published.facts, schema.tables);
  if (changes.length > 0) throw schemaChanged(published, schema, changes);
}

/** The row of a publication. */
export function publicationCells(schema: Schema, number: number, atMs: number): Cell[] {
  return cellsByName(systemTables(schema).schemaVersion, {
    number: BigInt(number),
    version: schema.version,
    fingerprint: schema.fingerprint,
    facts: fingerprintText(schema.tables),
    published_at: timeCell(atMs),
  });
}

function publishedOf(schema: Schema, cells: readonly Cell[]): PublishedSchema {
  const { schemaVersion } = systemTables(schema);
  const cell = (name: string) => cellOf(schemaVersion, cells, name);
  return {
    number: Number(cell('number')),
    version: Number(cell('version')),
    fingerprint: String(cell('fingerprint')),
    facts: String(cell('facts')),
  };
}
