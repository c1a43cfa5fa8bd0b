import { expect, test } from 'vitest';
import { nothingSettled } from '../../src/change/commit.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { newsTable, putEdit, simSchema } from '../support/sim-schema.ts';
import { TestHome } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

test('a home serves its durable state, and has nothing tentative', () => {
  const { source, home, limits } = homeWithNews();
  expect(source).toMatchObject({ authoritative: true, holdings: undefined, state: home.state });
  expect(source.tentative()).toEqual([]);
  expect(source.tentative()).toBe(source.tentative());
  const prepared = prepareTransaction(simSchema, limits, transactionOf('p', 1), 't');
  expect(source.scopesOf(prepared)).toBeUndefined();
  expect(source.settledOf('d')).toEqual(home.settled('d'));
  expect(source.settledOf('p')).toEqual(nothingSettled);
});

function homeWithNews(): TestHome {
  const home = new TestHome();
  home.write('d', putEdit(newsTable, 'n1', {}));
  return home;
}
