/** Edits that a server can never take: they are refused in the end, and what is behind them goes on. */
import { create } from '@bufbuild/protobuf';
import { afterEach, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Status } from '../../src/client/status.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

afterEach(() => server.close());

it('[P2] an edit that is too large for this server is refused, parked and reported, and those behind it are taken', async () => {
  server = await startTestServer({ limits: { rowBytesMax: 1_000 } });
  const statuses: Status[] = [];
  const client = await server.client({
    tables: [StationSchema],
    retry: { delayMsMin: 5, delayMsMax: 50 },
    on: { status: (status) => statuses.push(status) },
  });
  await client.synced();
  const stations = client.table(StationSchema);
  const small = stations.put(create(StationSchema, { id: 'a', name: 'small' }));
  const large = stations.put(create(StationSchema, { id: 'b', name: 'x'.repeat(2_000) }));
  const behind = stations.put(create(StationSchema, { id: 'c', name: 'behind' }));
  expect(await small.outcome).toMatchObject({ status: 'committed' });
  expect(await large.outcome).toMatchObject({
    status: 'refused',
    refusal: { reason: 'ROW_TOO_LARGE', changeIndex: 0 },
  });
  expect(await behind.outcome).toMatchObject({ status: 'committed' });
  expect(client.parked).toMatchObject([{ outcome: { refusal: { reason: 'ROW_TOO_LARGE' } } }]);
  expect(statuses.map(({ state }) => state)).not.toContain('blocked');
  expect(statuses.find((status) => 'error' in status && status.error !== undefined)).toMatchObject({
    state: 'connecting',
    error: { reason: 'ROW_TOO_LARGE' },
  });
  await eventually(() => client.status.state === 'live');
  // What is taken again is no last try.
  await stations.put(create(StationSchema, { id: 'd', name: 'later' })).outcome;
  expect(stations.query().rows.map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  await client.close();
});
