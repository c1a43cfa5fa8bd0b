import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { unknownTable } from '../merge/prepared.ts';
import { checkPattern, normalisePatterns, patternCovers } from '../schema/scope-pattern.ts';
import type { Schema } from '../schema/table-def.ts';
import { type CursorGroup, freshGroup } from './cursor.ts';
import type { Subscription } from './messages.ts';

/** What a session serves: the patterns and tables that were asked for and may be read. */
export interface Served {
  readonly scopes: readonly string[];
  /** Full names, sorted; empty for all. */
  readonly tables: readonly string[];
}

/** Scopes that every replica holds: everyone's, and its own. A relay holds those of all writers. */
export function ownScopes(replica: string, relay: boolean): string[] {
  return relay ? ['', '$writers', '$replica/*'] : ['', `$replica/${replica}`];
}

/**
 * Checks what a client asks for and cuts it down to what it may read: a pattern that is partly granted is served
 * in part. INVALID_ARGUMENT for a bad pattern or too many, NOT_FOUND for an unknown table.
 */
export function servedSubscription(
  schema: Schema,
  limits: Limits,
  subscription: Subscription,
  granted: readonly string[],
  own: readonly string[],
): Served {
  for (const [name, items] of [['scopes', subscription.scopes], ['tables', subscription.tables]] as const) {
    if (items.length > limits.subscriptionItemsMax) {
      const problem = `has ${items.length} entries, ${limits.subscriptionItemsMax} at most`;
      throw invalidField(`subscription.${name}`, 'TOO_MANY_ITEMS', problem);
    }
  }
  for (const [index, pattern] of subscription.scopes.entries()) {
    checkPattern(pattern, `subscription.scopes[${index}]`, limits);
  }
  for (const [index, table] of subscription.tables.entries()) {
    if (!schema.tableByName.has(table)) throw unknownTable(table, `subscription.tables[${index}]`);
  }
  const wanted = subscription.scopes.length === 0 ? granted : subscription.scopes;
  const readable = wanted.flatMap((pattern) => overlap(pattern, granted));
  const tables = [...new Set(subscription.tables)].sort();
  return { scopes: normalisePatterns([...readable, ...own]), tables: tables.length === 0 ? [] : withSystem(schema, tables) };
}

/** What two patterns have in common is always one of them, or nothing. */
function overlap(pattern: string, granted: readonly string[]): string[] {
  if (granted.some((grant) => patternCovers(grant, pattern))) return [pattern];
  return granted.filter((grant) => patternCovers(pattern, grant));
}

/** A choice of tables is one of the team's tables; the system's always come along. */
function withSystem(schema: Schema, tables: readonly string[]): string[] {
  const system = schema.tables.filter((table) => table.system).map((table) => table.name);
  return [...new Set([...tables, ...system])].sort();
}

/**
 * The groups of a session: those of the cursor, cut down to what is served, and fresh ones for scopes and tables
 * that the cursor does not cover.
 */
export function groupsFor(
  schema: Schema,
  served: Served,
  cursor: readonly CursorGroup[],
): CursorGroup[] {
  const allTables = schema.tables.map((table) => table.name).sort();
  const wanted = new Set(served.tables.length === 0 ? allTables : served.tables);
  const groups = cursor.map((group) => cutDown(group, served, wanted, allTables)).filter((group) => group !== undefined);
  const missing = new Map<string, { scopes: string[]; tables: string[] }>();
  for (const scope of served.scopes) {
    const covered = groups.filter((group) => group.scopes.some((pattern) => patternCovers(pattern, scope)));
    const have = new Set(covered.flatMap((group) => (group.tables.length === 0 ? allTables : group.tables)));
    const lacking = [...wanted].filter((table) => !have.has(table)).sort();
    if (lacking.length === 0) continue;
    const entry = missing.get(lacking.join()) ?? { scopes: [], tables: lacking };
    entry.scopes.push(scope);
    missing.set(lacking.join(), entry);
  }
  for (const { scopes, tables } of missing.values()) {
    groups.push(freshGroup(scopes, tables.length === allTables.length ? [] : tables));
  }
  return groups;
}

function cutDown(
  group: CursorGroup,
  served: Served,
  wanted: ReadonlySet<string>,
  allTables: readonly string[],
): CursorGroup | undefined {
  const within = group.scopes.filter((pattern) => served.scopes.some((scope) => patternCovers(scope, pattern)));
  const narrowed = served.scopes.filter((scope) => group.scopes.some((pattern) => patternCovers(pattern, scope)));
  const scopes = normalisePatterns([...within, ...narrowed]);
  const had = group.tables.length === 0 ? allTables : group.tables;
  const tables = had.filter((table) => wanted.has(table)).sort();
  if (scopes.length === 0 || tables.length === 0) return undefined;
  return { ...group, scopes, tables: tables.length === allTables.length ? [] : tables };
}
