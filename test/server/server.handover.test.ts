/** That clients go on elsewhere, or after a restart, without losing or repeating anything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { eventually, startTestServer } from '../support/test-server.ts';

test('[P6] clients that write all along go on at the server which takes over, and each edit is there once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-handover-'));
  const path = join(folder, 'field.syncdb');
  let server = await startTestServer({ log: await openSqliteLog({ path }) });
  const { address } = server;
  const clients = await Promise.all(
    ['ann', 'ben'].map((replicaId) => server.client({ replicaId })),
  );
  const [ann, ben] = clients as [(typeof clients)[0], (typeof clients)[0]];
  let isOver = false;
  const writing = Promise.all(
    clients.map(async (client, index) => {
      let count = 0;
      for (; !isOver; count++) {
        client.table(StationSchema).put({ id: `${index}-${count}`, name: `${count}` });
        await slow(1);
      }
      return count;
    }),
  );
  for (let round = 0; round < 3; round++) {
    await slow(150);
    await server.running.close(2_000);
    server = await startTestServer({ log: await openSqliteLog({ path }), address });
  }
  await slow(150);
  isOver = true;
  const counts = await writing;
  const total = counts[0]! + counts[1]!;
  await Promise.all(clients.map((client) => client.synced()));
  await Promise.all(clients.map((client) => client.synced()));
  for (const client of [ann, ben]) {
    expect(client.table(StationSchema).count()).toBe(total);
    expect([client.pendingCount, client.status.state, client.parked.length]).toEqual([
      0,
      'live',
      0,
    ]);
  }
  // One commit for each edit, and the schema's.
  expect(server.database.source.state.head).toBe(total + 1);
  await Promise.all(clients.map((client) => client.close()));
  await server.close();
  rmSync(folder, { recursive: true });
});

test('[P6] a client whose connections are old goes on over new ones, all along', async () => {
  const server = await startTestServer({ limits: { connectionAgeMsMax: 600 } });
  const [ann, ben] = await Promise.all([server.client(), server.client()]);
  const states = new Set<string>();
  let lost = 0;
  ann.on('status', ({ state }) => {
    states.add(state);
    if (state === 'connecting') lost++;
  });
  let count = 0;
  await eventually(() => {
    ann.table(StationSchema).put({ id: `${count++}` });
    return lost > 3;
  }, 30_000);
  await Promise.all([ann.synced(), ben.synced()]);
  await ben.synced();
  expect(ben.table(StationSchema).count()).toBe(count);
  expect(server.database.source.state.head).toBe(count + 1);
  expect(states).not.toContain('offline');
  await server.close();
});

function slow(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
