/** That what is sent again is never applied twice. */
import { toBinary } from '@bufbuild/protobuf';
import { afterEach, expect, test, vi } from 'vitest';
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { Change, Operation } from '../../../gen/ts/syncdb/v1/data.ts';
import { connectRemote, type Remote } from '../../../src/cli/remote/remote.ts';
import { createSender } from '../../../src/cli/remote/sender.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { remoteOptions } from '../support/streams.ts';

let server: TestServer;
let remote: Remote;
afterEach(async () => {
  remote.close();
  await server.close();
});

async function start() {
  server = await startTestServer();
  remote = connectRemote(remoteOptions(server.address));
}

const put = (name: string): Change =>
  Change.create({
    operation: Operation.PUT,
    table: 'test.v1.Station',
    content: {
      $case: 'rowBytes',
      value: toBinary(StationSchema, { $typeName: 'test.v1.Station', id: 's', name }),
    },
  });

test('an answer that was lost is asked for again, and nothing is written twice', async () => {
  await start();
  const transact = remote.data.transact.bind(remote.data) as (...args: unknown[]) => void;
  let calls = 0;
  vi.spyOn(remote.data, 'transact').mockImplementation(((...args: unknown[]) => {
    const done = args.pop() as (error: unknown, response?: unknown) => void;
    // The first one gets through, and nobody hears of it.
    const lost = { code: 14, details: 'cut', metadata: undefined };
    transact(...args, (error: unknown, response: unknown) =>
      calls++ === 0 ? done(lost) : done(error, response),
    );
  }) as never);
  const waits: number[] = [];
  const sender = createSender(remote, 'test', async (ms) => waits.push(ms));
  const { headSeq } = await sender.send('1', [put('North')]);
  expect(calls).toBe(2);
  expect(waits).toHaveLength(1);
  expect(headSeq).toBeGreaterThan(1n);
  expect(server.database.source.settledOf('$service').counter).toBe(1);
});

test('the same id, name and changes are one request, and other changes another', async () => {
  await start();
  const count = () => server.database.source.settledOf('$service').counter;
  await createSender(remote, 'test').send('1', [put('North')]);
  await createSender(remote, 'test').send('1', [put('North')]);
  expect(count()).toBe(1);
  await createSender(remote, 'test').send('1', [put('South')]);
  await createSender(remote, 'test').send('2', [put('South')]);
  await createSender(remote, 'other').send('1', [put('South')]);
  expect(count()).toBe(4);
});

test('gives up in the end, and at once where trying again cannot help', async () => {
  await start();
  let calls = 0;
  const failWith = (code: number) =>
    vi.spyOn(remote.data, 'transact').mockImplementation(((...args: unknown[]) => {
      calls++;
      (args.pop() as (error: unknown) => void)({ code, details: 'no', metadata: undefined });
    }) as never);
  const sender = createSender(remote, 'test', async () => {});
  failWith(14);
  await expect(sender.send('1', [put('North')])).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  expect(calls).toBe(9);
  failWith(10);
  await expect(sender.send('1', [put('North')])).rejects.toMatchObject({
    reason: 'ABORTED',
  });
  expect(calls).toBe(10);
});
