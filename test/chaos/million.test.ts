/** A transaction of a million changes, from the SDK over real gRPC to a server process with a log on a disk. */
import { expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { fieldSchema } from '../support/test-server.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { serveFolder } from './served-folder.ts';

const rowCount = 1_000_000;

it('[P2][I1][I2][I3] of which the stream is cut twice is committed once, and is shown as a whole or not at all', async () => {
  const folder = await serveFolder();
  const program = folder.start();
  await program.prints('listening');
  const port = Number(folder.address.split(':')[1]);
  // About 50 MB go over: the first cuts fall into the parts.
  const proxy = await startCuttingProxy(
    port,
    { direction: 'to server', afterBytes: 12_000_000, by: 'RST' },
    { direction: 'to server', afterBytes: 17_000_000, by: 'FIN' },
  );
  const clientOf = (url: string): Promise<Client> =>
    open({
      url,
      database: 'main',
      schema: fieldSchema,
      retry: { delayMsMin: 5, delayMsMax: 50 },
    });
  const reader = await clientOf(folder.address);
  const writer = await clientOf(proxy.address);
  const seen = new Set<number>();
  const look = setInterval(() => seen.add(reader.table(StationSchema).count()), 20);
  try {
    await Promise.all([reader.synced(), writer.synced()]);
    const { outcome } = writer.transaction((scope) => {
      const table = scope.table(StationSchema);
      for (let index = 0; index < rowCount; index++) table.put({ id: `s${index}`, name: 'North' });
    });
    expect(writer.table(StationSchema).count()).toBe(rowCount);
    const written = writer.table(StationSchema).put({ id: 'last' });
    expect(await outcome).toMatchObject({ counter: 1, status: 'committed', conflicts: 0 });
    expect(await written.outcome).toMatchObject({ counter: 2, status: 'committed' });
    await Promise.all([reader.synced(), writer.synced()]);
    // Each but the last brought bytes that did not have to come again.
    expect(proxy.cutCount).toBe(2);
    expect(reader.table(StationSchema).count()).toBe(rowCount + 1);
    expect(reader.table(StationSchema).get('s999999')?.name).toBe('North');
    expect([writer.pendingCount, writer.parked.length]).toEqual([0, 0]);
    for (const count of seen) expect([0, rowCount, rowCount + 1]).toContain(count);
  } finally {
    clearInterval(look);
    await Promise.all([reader.close(), writer.close()]);
    await proxy.close();
    program.kill('SIGTERM');
    await program.ended;
  }
  const { transactions } = await folder.readHistory();
  expect(transactions).toHaveLength(2);
  folder.remove();
}, 600_000);
