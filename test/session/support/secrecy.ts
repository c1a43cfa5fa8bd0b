/** Whether a server tells a client of rows that it may not hold (invariant 7). */
import { defaultLimits } from '../../../src/base/limits.ts';
import { maskIndexes } from '../../../src/base/mask.ts';
import type { Outcome } from '../../../src/change/commit.ts';
import { decidedLimits } from '../../../src/change/decided.ts';
import type { RowDelta } from '../../../src/change/row-delta.ts';
import type { Transaction } from '../../../src/change/transaction.ts';
import { prepareTransaction } from '../../../src/merge/prepared.ts';
import { cellOf, systemTables } from '../../../src/replica/system-rows.ts';
import { listElements } from '../../../src/schema/list-elements.ts';
import { decodeRow } from '../../../src/schema/row-codec.ts';
import { scopesOf } from '../../../src/schema/scope-template.ts';
import type { ServerMessage } from '../../../src/session/messages.ts';
import { coverTest } from '../../../src/session/subscription.ts';
import { simSchema } from '../../support/sim-schema.ts';

const { conflict: ledger, outcome: refusals } = systemTables(simSchema);

/** What of a message names scopes that the welcome did not; empty where all is well. */
export function leaks(message: ServerMessage, served: readonly string[]): string[] {
  const isServed = coverTest(served);
  if (message.type === 'delta') {
    return message.deltas.flatMap((delta) => {
      const { kind, key, table, scopes } = delta;
      const isGone = kind === 'deleted' || kind === 'evicted';
      if (isGone ? scopes.length > 0 : scopes.length === 0 || !scopes.every(isServed)) {
        return [`${kind} ${key} in [${scopes.join()}]`];
      }
      if (isGone) return [];
      if (table === refusals.name) return leaksOfRefusal(delta, served);
      return table === ledger.name ? leaksOfEntry(delta, served) : [];
    });
  }
  if (message.type === 'push-result') return leaksOfOutcomes(message.outcomes, served);
  if (message.type !== 'relayed') return [];
  return message.transactions.flatMap((transaction) => leaksOf(transaction, isServed));
}

/** An entry of the ledger says itself where its two versions are; its writer may have its own wherever that is. */
function leaksOfEntry({ key, row }: RowDelta, served: readonly string[]): string[] {
  const isServed = coverTest(served);
  const { cells } = decodeRow(ledger, row, 0, row.length, decidedLimits);
  const of = (name: string) => cellOf(ledger, cells, name);
  const has = (name: string) => {
    const cell = of(name);
    return cell instanceof Uint8Array ? cell.length > 0 : cell !== '' && cell !== null;
  };
  const isHeld = (name: string) => {
    const scopes = listElements(ledger.columnByName.get(name)!, of(name) as Uint8Array | null);
    return served.includes('*') || scopes.some((scope) => isServed(String(scope)));
  };
  const isWriter = served.includes(`$replica/${of('replica_id')}`);
  const hidden = [
    ...(isHeld('remote_scopes') ? [] : ['remote_row', 'remote_replica_id', 'remote_scopes']),
    ...(isHeld('local_scopes') || isWriter ? [] : ['local_row', 'local_scopes']),
    // What comes of the row as it is now is no more the writer's than that row.
    ...(isHeld('remote_scopes') || !isWriter ? [] : ['local_scopes']),
    ...(isHeld('remote_scopes') || of('about_delete') === false ? [] : ['fields', 'local_won']),
  ];
  const shared = hidden.length === 0 || isWriter ? [] : ['key', 'fields', 'rules', 'local_won'];
  return [...hidden, ...shared].filter(has).map((name) => `${name} of ${key}`);
}

/** What a refusal says of a row is for its writer, and for those who hold everything. */
function leaksOfRefusal({ key, row }: RowDelta, served: readonly string[]): string[] {
  const { cells } = decodeRow(refusals, row, 0, row.length, decidedLimits);
  const of = (name: string) => cellOf(refusals, cells, name);
  if (served.includes('*') || served.includes(`$replica/${of('replica_id')}`)) return [];
  return of('message') === '' && of('current_etag') === '' ? [] : [`refusal of ${key}`];
}

function leaksOfOutcomes(outcomes: readonly Outcome[], served: readonly string[]): string[] {
  const told = outcomes.filter(
    ({ replica, status, refusal }) =>
      status === 'refused' &&
      !served.includes('*') &&
      !served.includes(`$replica/${replica}`) &&
      `${refusal!.message}${refusal!.currentEtag}` !== '',
  );
  return told.map(({ replica, counter }) => `refusal of ${replica}/${counter}`);
}

/** A put says itself where its row is; so does a change of a column that names the scope. */
function leaksOf(transaction: Transaction, isServed: (scope: string) => boolean): string[] {
  const { changes } = prepareTransaction(simSchema, defaultLimits, transaction, 't');
  return changes.flatMap(({ table, key, operation, cells, mask }) => {
    if (operation === 'delete') return [];
    const named = maskIndexes(mask);
    const isWhole = table.scopes.every(({ parts }) =>
      parts.every((part) => 'text' in part || named.includes(part.column)),
    );
    const scopes = isWhole ? scopesOf(table, cells, defaultLimits) : [];
    return scopes.every(isServed) ? [] : [`${operation} ${key} in [${scopes.join()}]`];
  });
}
