/** Rows by columns, over real streams. */
import { afterEach, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Level } from '../../src/codec/plan.ts';
import { columnRowsMin } from '../../src/wire/delta-encoder.ts';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/test-server.ts';

const count = 40 * columnRowsMin;

let server: TestServer;

afterEach(() => server.close());

/** A client that has all there is, and the bytes that came to it. */
async function synced(level?: Level) {
  const passed = { bytes: 0 };
  const add = (name: string, value: number) => {
    if (name === 'bytes_received') passed.bytes += value;
  };
  const client = await server.client({ metrics: { add, record: () => {} }, level });
  await client.synced();
  return { client, passed };
}

/** Stations whose names are of words, which a level above `fast` finds. */
async function serverWith(options: TestServerOptions): Promise<void> {
  server = await startTestServer(options);
  const { client } = await synced();
  client.transaction((scope) => {
    const table = scope.table(StationSchema);
    let state = 1;
    const next = () => (state = (state * 48_271) % 0x7fffffff);
    for (let row = 0; row < count; row++) {
      const words = Array.from({ length: 40 }, () => `word${next() % 397}s`);
      table.put({ id: `s${row}`, name: words.join(' ') });
    }
  });
  await client.synced();
}

test('[P22] a client is sent fewer bytes for more work, up to what the server does', async () => {
  await serverWith({ levelMax: 'small' });
  const bytes: Partial<Record<Level, number>> = {};
  for (const level of ['fast', 'balanced', 'small'] as const) {
    const { client, passed } = await synced(level);
    expect(client.table(StationSchema).count()).toBe(count);
    bytes[level] = passed.bytes;
  }
  expect(bytes.balanced).toBeLessThan(bytes.fast!);
  expect(bytes.small).toBeLessThan(bytes.balanced!);
  await server.close();
  await serverWith({ levelMax: 'fast' });
  const { passed } = await synced('small');
  expect(passed.bytes).toBeGreaterThan(bytes.balanced!);
});

test('[I1] clients that come later are sent the same blocks, and rows as they are by then', async () => {
  await serverWith({ limits: { deltaRowsMax: 100 } });
  const { blocks } = server.database.source;
  const first = await synced();
  const kept = blocks.bytes;
  expect(kept).toBeGreaterThan(0);
  first.client.table(StationSchema).patch('s5', { name: 'another' });
  first.client.table(StationSchema).delete('s950');
  await first.client.synced();
  const [second, third] = await Promise.all([synced(), synced()]);
  for (const { client } of [second, third]) {
    const table = client.table(StationSchema);
    expect(table.count()).toBe(count - 1);
    expect(table.get('s5')?.name).toBe('another');
  }
});
