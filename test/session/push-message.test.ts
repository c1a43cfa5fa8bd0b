import { expect, it } from 'vitest';
import { pushOf } from '../../src/session/push-message.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

it('a push says how it may go by columns, and knows the numbers of rows where the server does', () => {
  const home = new TestHome();
  home.write('p', putEdit(newsTable, 'n', {}));
  const { state } = home.source;
  const transactions = [transactionOf('p', 2)];
  const inRows = pushOf(transactions, { columnsOf: () => undefined, takesNumbers: false }, state);
  expect(inRows).toEqual({ type: 'push', transactions, columns: undefined, numberOf: undefined });
  const { columns, numberOf } = pushOf(
    transactions,
    { columnsOf: () => 'zstd', takesNumbers: true },
    state,
  );
  expect([columns, numberOf?.(newsTable.name, 'n')]).toEqual(['zstd', 0]);
});
