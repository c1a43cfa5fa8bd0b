import { expect, test } from 'vitest';
import { nothingSettled } from '../../src/change/commit.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { homeSource } from '../../src/session/home-source.ts';
import { newsTable, putEdit, simSchema } from '../support/sim-schema.ts';
import { databaseName, logId, TestHome } from './support/hosts.ts';
import { transactionOf } from './support/messages.ts';

test('a home serves its durable state, and has nothing tentative', () => {
  const { source, home, limits } = homeWithNews();
  expect(source).toMatchObject({ authoritative: true, holdings: undefined, state: home.state });
  expect(source.tentative()).toEqual([]);
  expect(source.tentative()).toBe(source.tentative());
  expect(source.carriedTo('p')).toBe(0);
  const prepared = prepareTransaction(simSchema, limits, transactionOf('p', 1), 't');
  expect(source.scopesOf(prepared)).toBeUndefined();
  expect(source.settledOf('d')).toEqual(home.settled('d'));
  expect(source.settledOf('p')).toEqual(nothingSettled);
});

test('[I8] tells the check of each of its commits, and knows of no lost one unless it is told how', () => {
  const { home, limits } = homeWithNews();
  const source = homeSource(home, logId, databaseName, limits);
  expect([source.checkAt(0), source.checkAt(1), source.checkAt(2)]).toEqual([
    0,
    home.checkAt(1),
    undefined,
  ]);
  expect(source.onLostEnd(2)).toBe(false);
});

function homeWithNews(): TestHome {
  const home = new TestHome();
  home.write('d', putEdit(newsTable, 'n1', {}));
  return home;
}
