import { invalidField } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { comparePositions, scanAfter } from '../change/posting-list.ts';
import { unknownTable } from '../merge/prepared.ts';
import {
  checkPattern,
  intersectPatterns,
  normalisePatterns,
  patternCovers,
} from '../schema/scope-pattern.ts';
import type { Schema } from '../schema/table-def.ts';
import { type CursorGroup, cursorGroupsMax, groupAt } from './cursor.ts';
import type { Subscription } from './messages.ts';

/** What a session serves, or a source holds. */
export interface Served {
  /** Scope names and patterns, normalised. */
  readonly scopes: readonly string[];
  /** Full names, sorted; empty for all. */
  readonly tables: readonly string[];
}

/**
 * Scopes that every replica holds: everyone's, and its own, under the id that it has and those that it had. A relay holds
 * those of all writers.
 */
export function ownScopes(ids: readonly string[], relay: boolean): string[] {
  return relay ? ['', '$writers', '$replica/*'] : ['', ...ids.map((id) => `$replica/${id}`)];
}

/**
 * Checks what a client asks for and cuts it down to what it may read, its own scopes added: a pattern that is
 * partly granted is served in part. INVALID_ARGUMENT for a bad pattern or too many, NOT_FOUND for an unknown table.
 */
export function servedSubscription(
  schema: Schema,
  limits: Limits,
  subscription: Pick<Subscription, 'scopes' | 'tables'>,
  granted: readonly string[],
  own: readonly string[],
): Served {
  checkCount(subscription.scopes, 'scopes', limits);
  checkCount(subscription.tables, 'tables', limits);
  for (const [index, pattern] of subscription.scopes.entries()) {
    checkPattern(pattern, `subscription.scopes[${index}]`, limits);
  }
  for (const [index, table] of subscription.tables.entries()) {
    if (!schema.tableByName.has(table)) throw unknownTable(table, `subscription.tables[${index}]`);
  }
  const wanted = subscription.scopes.length === 0 ? granted : subscription.scopes;
  return {
    scopes: normalisePatterns([...intersectPatterns(wanted, granted), ...own]),
    tables: tableList(schema, subscription.tables),
  };
}

/** What of a subscription a source that does not hold everything can serve. */
export function servedBy(schema: Schema, wanted: Served, holdings: Served): Served {
  const held = tablesOf(schema, holdings.tables);
  return {
    scopes: intersectPatterns(wanted.scopes, holdings.scopes),
    tables: tableList(
      schema,
      tablesOf(schema, wanted.tables).filter((table) => held.includes(table)),
    ),
  };
}

function checkCount(items: readonly string[], name: string, limits: Limits): void {
  if (items.length <= limits.subscriptionItemsMax) return;
  const problem = `has ${items.length} entries, ${limits.subscriptionItemsMax} at most`;
  throw invalidField(`subscription.${name}`, 'TOO_MANY_ITEMS', problem);
}

/**
 * A list of tables as it stands in cursors: a choice is one of the team's tables, the system's always come along,
 * and all of them are the empty list.
 */
function tableList(schema: Schema, tables: readonly string[]): string[] {
  if (tables.length === 0) return [];
  const system = schema.tables.filter((table) => table.system).map((table) => table.name);
  const list = new Set([...tables, ...system]);
  return list.size === schema.tables.length ? [] : [...list].sort();
}

/** The names that a list of tables stands for. */
export function tablesOf(schema: Schema, tables: readonly string[]): readonly string[] {
  return tables.length > 0 ? tables : schema.tables.map((table) => table.name).sort();
}

/**
 * Tests whether the patterns cover a scope or pattern. Costs the same however many exact names they have, since
 * both a server's scopes and a client's are many.
 */
export function coverTest(patterns: readonly string[]): (inner: string) => boolean {
  const names = new Set(patterns);
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*'));
  return (inner) => names.has(inner) || prefixes.some((prefix) => patternCovers(prefix, inner));
}

/**
 * The groups of a session: those of the cursor, cut down to what is served, and fresh ones for scopes and tables
 * that the cursor does not cover. Together they cover what is served and nothing else, so at a checkpoint they are
 * one.
 */
export function groupsFor(
  schema: Schema,
  served: Served,
  cursor: readonly CursorGroup[],
): CursorGroup[] {
  const cut = cursor.flatMap((group) => cutDown(schema, served, group));
  const kept = isNarrowed(served, cursor) ? cut.map(sinceItBegan) : cut;
  const groups = [...kept, ...missing(schema, served, kept)];
  if (groups.length <= cursorGroupsMax) return groups;
  const complete = kept.filter((group) => group.since > 0);
  return [...complete, ...missing(schema, served, complete)];
}

/** True where something that the receiver was sent by its cursor is not served any more. */
function isNarrowed(served: Served, cursor: readonly CursorGroup[]): boolean {
  const isServed = coverTest(served.scopes);
  return cursor.some((group) => !group.scopes.every(isServed));
}

/**
 * The group's scan anew from where it began. It has passed over rows that left one of its scopes, because another
 * scope, which is not served any more, was going to send them; or because whoever scanned knew them to leave later.
 */
export function sinceItBegan(group: CursorGroup): CursorGroup {
  const start = scanAfter(group.first);
  return comparePositions(group.at, start) > 0 ? { ...group, at: start } : group;
}

function cutDown(schema: Schema, served: Served, group: CursorGroup): CursorGroup[] {
  const scopes = intersectPatterns(group.scopes, served.scopes);
  const had = new Set(tablesOf(schema, group.tables));
  const tables = tablesOf(schema, served.tables).filter((table) => had.has(table));
  if (scopes.length === 0 || tables.length === 0) return [];
  return [{ ...group, scopes, tables: tables.length === schema.tables.length ? [] : tables }];
}

/** Fresh groups for what these do not cover: one for each list of tables that some scopes lack. */
function missing(schema: Schema, served: Served, groups: readonly CursorGroup[]): CursorGroup[] {
  const wanted = tablesOf(schema, served.tables);
  const tests = groups.map((group) => coverTest(group.scopes));
  const scopesByTables = new Map<string, string[]>();
  for (const scope of served.scopes) {
    const covering = groups.filter((_, index) => tests[index]!(scope));
    const have = new Set(covering.flatMap((group) => tablesOf(schema, group.tables)));
    const lacking = wanted.filter((table) => !have.has(table)).join();
    if (lacking === '') continue;
    scopesByTables.set(lacking, [...(scopesByTables.get(lacking) ?? []), scope]);
  }
  return [...scopesByTables].map(([tables, scopes]) => {
    const names = tables.split(',');
    return groupAt(0, scopes, names.length === schema.tables.length ? [] : names);
  });
}
