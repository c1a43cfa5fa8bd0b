import { expect, test } from 'vitest';
import { LiveQueries } from '../../src/client/live-queries.ts';
import { testReplica } from '../session/support/hosts.ts';
import { newsTable, patchEdit, putEdit, taskTable } from '../support/sim-schema.ts';

function watching() {
  const told: (string | string[])[] = [];
  return {
    told,
    changed: (keys: ReadonlySet<string> | 'any') =>
      void told.push(keys === 'any' ? keys : [...keys]),
    closed: () => void told.push('closed'),
  };
}

test('queries are told of the changes of their table, once at the end of a turn, and of all by a new copy', async () => {
  const replica = testReplica('ann');
  const queries = new LiveQueries(replica.view);
  const [news, more, tasks] = [watching(), watching(), watching()];
  const stop = queries.add(newsTable, news);
  queries.add(taskTable, tasks);
  replica.write([putEdit(newsTable, 'a', {}), patchEdit(newsTable, 'a', { likes: 1 })], 1);
  replica.write([putEdit(newsTable, 'b', {})], 2);
  expect(news.told).toEqual([]);
  await Promise.resolve();
  expect([news.told, tasks.told]).toEqual([[['a', 'b']], []]);
  replica.write([putEdit(newsTable, 'c', {})], 3);
  // Who comes in the middle of a turn knows what was before.
  queries.add(newsTable, more);
  queries.flush();
  expect([news.told.at(-1), more.told]).toEqual([['c'], []]);
  queries.all();
  await Promise.resolve();
  expect([news, more, tasks].map(({ told }) => told.at(-1))).toEqual(['any', 'any', 'any']);
  stop();
  stop();
  queries.close();
  expect([news, more, tasks].map(({ told }) => told.at(-1))).toEqual(['any', 'closed', 'closed']);
  expect(queries.isClosed).toBe(true);
});

test('nothing is noted of tables that nobody watches, and no more keys than are worth it', async () => {
  const replica = testReplica('ann');
  const queries = new LiveQueries(replica.view);
  const news = watching();
  const stop = queries.add(newsTable, news);
  for (let count = 0; count <= 4_096; count++) {
    if (count === 4_096) queries.flush();
    replica.write([putEdit(newsTable, `${count}`, {})], count + 1);
  }
  replica.write([putEdit(taskTable, 't', {})], 5_000);
  await Promise.resolve();
  expect(news.told.map((keys) => keys.length)).toEqual([4_096, 1]);
  for (let count = 0; count <= 4_096; count++) queries.row(newsTable, `${count}`);
  await Promise.resolve();
  expect(news.told.at(-1)).toBe('any');
  stop();
  expect(replica.view.watcher).toBeUndefined();
});
