import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { SiteSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { serveUntil } from '../../src/cli/serve-until.ts';
import type { Log } from '../../src/log/log.ts';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import { silent } from '../../src/server/logger.ts';

test('it serves until it is told to stop, then closes the database', async () => {
  const { database, log } = await emptyDatabase();
  const stop = new AbortController();
  let address = '';
  const served = serveUntil({
    database,
    listen: '127.0.0.1:0',
    insecure: false,
    stop: stop.signal,
    onServing: (server) => {
      address = server.address;
    },
  });
  await expect.poll(() => address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  stop.abort();
  await served;
  await expect(log.append(0, [])).rejects.toMatchObject({ reason: 'LOG_CLOSED' });
});

test('it may be told to stop while its database loads, which then is not waited for', async () => {
  const stop = new AbortController();
  const told = { serves: false, ended: false };
  const open = (signal: AbortSignal) =>
    new Promise<Database>((_, reject) => {
      signal.addEventListener('abort', () => {
        told.ended = true;
        reject(signal.reason);
      });
      stop.abort();
    });
  await serveUntil({
    database: { name: 'main', schema: [SiteSchema], open },
    listen: '127.0.0.1:0',
    insecure: false,
    logger: silent,
    stop: stop.signal,
    onServing: () => {
      told.serves = true;
    },
  });
  expect(told).toEqual({ serves: false, ended: true });
});

test('a failure once it serves ends it and closes the database', async () => {
  const { database, log } = await emptyDatabase();
  const served = serveUntil({
    database,
    listen: '127.0.0.1:0',
    insecure: false,
    stop: new AbortController().signal,
    onServing: () => Promise.reject(new Error('no rows')),
  });
  await expect(served).rejects.toThrow('no rows');
  await expect(log.append(0, [])).rejects.toMatchObject({ reason: 'LOG_CLOSED' });
});

test('a taken port is ADDRESS_IN_USE, and the database is closed', async () => {
  const { database, log } = await emptyDatabase();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const served = serveUntil({
    database,
    listen: `127.0.0.1:${port}`,
    insecure: false,
    stop: new AbortController().signal,
    onServing: () => {},
  });
  await expect(served).rejects.toMatchObject({ reason: 'ADDRESS_IN_USE' });
  await expect(log.append(0, [])).rejects.toMatchObject({ reason: 'LOG_CLOSED' });
  other.close();
});

async function emptyDatabase(): Promise<{ database: Database; log: Log }> {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  const database = await openDatabase({
    name: 'main',
    schema: [SiteSchema],
    log,
    limits: defaultLimits,
    clock: { nowMs: () => 1_000 },
  });
  return { database, log };
}
