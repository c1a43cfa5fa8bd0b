import { expect, test } from 'vitest';
import { ClientEvents } from '../../src/client/client-events.ts';

const state = {
  status: { state: 'offline', error: undefined, attempts: 0 },
  storage: { state: 'working' },
  pendingStatistics: { count: 0, bytes: 0, oldestAtMs: undefined, tries: 0 },
  ...{ replicaId: 'a', parked: [], quarantined: [] },
} as const;

test('tells of each value by its name, once', async () => {
  const ids: string[] = [];
  const events = new ClientEvents(state, { replicaId: (id) => ids.push(id) });
  events.tell('replicaId', 'a');
  events.tell('replicaId', 'b');
  events.tell('replicaId', 'b');
  expect([ids, events.of('replicaId').value]).toEqual([['b'], 'b']);
  const followed = events.of('parked').follow()[Symbol.asyncIterator]();
  await followed.next();
  events.close();
  expect((await followed.next()).done).toBe(true);
});
