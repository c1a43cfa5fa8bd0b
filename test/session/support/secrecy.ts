/** Whether a server tells a client of rows that it may not hold (invariant 7). */
import { defaultLimits } from '../../../src/base/limits.ts';
import { maskIndexes } from '../../../src/base/mask.ts';
import type { Transaction } from '../../../src/change/transaction.ts';
import { prepareTransaction } from '../../../src/merge/prepared.ts';
import { scopesOf } from '../../../src/schema/scope-template.ts';
import type { ServerMessage } from '../../../src/session/messages.ts';
import { coverTest } from '../../../src/session/subscription.ts';
import { simSchema } from '../../support/sim-schema.ts';

/** What of a message names scopes that the welcome did not; empty where all is well. */
export function leaks(message: ServerMessage, served: readonly string[]): string[] {
  const isServed = coverTest(served);
  if (message.type === 'delta') {
    return message.deltas.flatMap(({ kind, key, scopes }) => {
      const isGone = kind === 'deleted' || kind === 'evicted';
      if (isGone ? scopes.length === 0 : scopes.length > 0 && scopes.every(isServed)) return [];
      return [`${kind} ${key} in [${scopes.join()}]`];
    });
  }
  if (message.type !== 'relayed') return [];
  return message.transactions.flatMap((transaction) => leaksOf(transaction, isServed));
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
