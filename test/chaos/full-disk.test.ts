/** `syncdb serve` on a disk without room, and one that may not make its files larger. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { credentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import {
  DataServiceClient,
  type GetResponse,
  type TransactResponse,
} from '../../gen/ts/syncdb/v1/data_service.ts';
import { SyncServiceClient } from '../../gen/ts/syncdb/v1/sync.ts';
import { Code, SyncError } from '../../src/base/errors.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { Status } from '../../src/client/status.ts';
import type { Program } from '../support/program.ts';
import { call, collect } from '../support/raw-calls.ts';
import { eventually, fieldSchema } from '../support/test-server.ts';
import { type ServedFolder, servedSchema, serveFolder } from './served-folder.ts';
import { putOf } from './writers.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const diskBytes = 4 << 20;
const ballastBytes = 2 << 20;
const fileBytesMax = 1 << 20;
const canMount = succeeds(() => {
  const folder = temporaryFolder('probe');
  mount(folder);
  execFileSync('umount', [folder]);
});

it.skipIf(!canMount)(
  `[I2][I3] a real full disk stops nothing but writes, and these only while it is full${canMount ? '' : ' (skipped: no right to mount a tmpfs)'}`,
  async () => {
    const folder = temporaryFolder('disk');
    mount(folder);
    undo.push(() => execFileSync('umount', ['--lazy', folder]));
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, new Uint8Array(ballastBytes));
    const served = await serve(join(folder, 'data'));
    const run = await begin(served, served.start());
    const refusal = await run.fill();
    expect(refusal).toMatchObject({
      code: Code.resourceExhausted,
      reason: 'LOG_DISK_FULL',
      retryDelayMs: 1_000,
    });
    await run.proveReading();
    await run.proveQueueing();
    unlinkSync(ballast);
    await run.proveWriting();
    await run.killAndProve();
  },
  120_000,
);

it('[I2][I3] a limit on the size of its files, which SQLite calls an error of the disk, does neither', async () => {
  const served = await serve(join(temporaryFolder('limit'), 'data'));
  // The soft limit only, so that it can be raised while the server runs.
  const program = served.start(['prlimit', `--fsize=${fileBytesMax}:unlimited`, '--']);
  const run = await begin(served, program);
  const refusal = await run.fill();
  expect(refusal).toMatchObject({
    code: Code.unavailable,
    reason: 'LOG_OUTCOME_UNKNOWN',
    retryDelayMs: 1_000,
  });
  await run.proveReading();
  await run.proveQueueing();
  execFileSync('prlimit', ['--pid', `${program.pid}`, '--fsize=unlimited:unlimited']);
  await run.proveWriting();
  await run.killAndProve();
}, 180_000);

/** A server with an SDK client that is live, and a backend service that writes. */
async function begin(served: ServedFolder, program: Program) {
  undo.push(() => program.kill('SIGKILL'));
  await program.prints('listening');
  const statuses: Status['state'][] = [];
  const client = await clientOf(served, statuses);
  await client.synced();
  const data = new DataServiceClient(served.address, credentials.createInsecure());
  const sync = new SyncServiceClient(served.address, credentials.createInsecure());
  undo.push(
    () => data.close(),
    () => sync.close(),
  );
  const acknowledged = new Set<string>();
  let next = 0;

  /** Puts the next station, of 8 KiB. Where that fails the next call tries the same again. */
  const put = async () => {
    const id = `s${String(next).padStart(6, '0')}`;
    const row = toBinary(StationSchema, create(StationSchema, { id, name: id.repeat(1_200) }));
    const changes = [putOf(StationSchema.typeName, row)];
    await call<TransactResponse>((done) =>
      data.transact({ database: 'main', requestId: id, changes }, done),
    );
    acknowledged.add(id);
    next++;
  };

  return {
    /** Writes until it is refused. */
    fill: async (): Promise<SyncError> => {
      for (let count = 0; count < 2_000; count++) {
        try {
          await put();
        } catch (error) {
          if (error instanceof SyncError) return error;
          throw error;
        }
      }
      return expect.unreachable('it never became full');
    },
    /** An open stream, a pull and a query tell of all that was acknowledged. */
    proveReading: async () => {
      await client.synced();
      expect(client.table(StationSchema).count()).toBe(acknowledged.size);
      const handshake = {
        protocolMin: 1,
        protocolMax: 1,
        database: 'main',
        schema: { version: servedSchema.version, fingerprint: servedSchema.fingerprint },
        replicaId: 'puller',
        formerReplicaIds: [],
      };
      const pulled = await collect(sync.pull({ handshake, subscription: undefined }));
      const rows = pulled.flatMap(({ delta }) => delta!.changes);
      const keys = rows
        .filter(({ table }) => table === StationSchema.typeName)
        .map(({ key }) => key);
      expect(keys.sort()).toEqual([...acknowledged].sort());
      const got = await call<GetResponse>((done) =>
        data.get({ database: 'main', table: StationSchema.typeName, key: 's000000' }, done),
      );
      expect(got).toMatchObject({ row: { key: 's000000' } });
    },
    /** A client that writes keeps its edit in its queue, and its stream. */
    proveQueueing: async () => {
      client.table(StationSchema).put({ id: 'queued', name: 'x'.repeat(8_192) });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(client.pendingCount).toBe(1);
      await expect(put()).rejects.toBeInstanceOf(SyncError);
    },
    /** The same process takes writes again, by itself. */
    proveWriting: async () => {
      await eventually(() => client.pendingCount === 0, 60_000);
      acknowledged.add('queued');
      for (let count = 0; count < 20; count++) await put();
      await client.synced();
      expect(statuses).not.toContain('blocked');
      expect(client.table(StationSchema).count()).toBe(acknowledged.size);
    },
    /** What was acknowledged is there after a kill, and nothing twice. */
    killAndProve: async () => {
      program.kill('SIGKILL');
      const { code, stderr } = await program.ended;
      expect(code).toBe(null);
      expect(stderr).toContain('database main: takes no writes until');
      expect(stderr.trimEnd().split('\n').at(-1)).toContain('database main: takes writes again');
      const { home, transactions } = await served.readHistory();
      expect(new Set(transactions).size).toBe(transactions.length);
      expect(transactions).toHaveLength(acknowledged.size);
      const station = servedSchema.tableByName.get(StationSchema.typeName)!;
      for (const id of acknowledged) expect(home.state.cells(station, id)).toBeDefined();
      expect(home.state.table(station).columns.liveCount).toBe(acknowledged.size);
      const again = served.start();
      await again.prints('listening');
      again.kill('SIGTERM');
      expect(await again.ended).toMatchObject({ code: 0, stderr: '' });
    },
  };
}

async function serve(data: string): Promise<ServedFolder> {
  const served = await serveFolder(data);
  undo.push(() => served.remove());
  return served;
}

async function clientOf(served: ServedFolder, statuses: Status['state'][]): Promise<Client> {
  const client = await open({
    url: served.address,
    database: 'main',
    schema: fieldSchema,
    retry: { delayMsMin: 5, delayMsMax: 50 },
    on: { status: ({ state }) => statuses.push(state) },
  });
  undo.push(() => client.close());
  return client;
}

function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `syncdb-${name}-`));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function mount(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder];
  execFileSync('mount', options, { stdio: 'ignore' });
}

function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}
