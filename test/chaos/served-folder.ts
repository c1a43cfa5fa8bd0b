/** A folder that `syncdb serve` serves, as a real process that is killed and started again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { file_test_v1_inspection } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { chainStart, decodeCommit } from '../../src/change/commit-record.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { Home } from '../../src/replica/home.ts';
import { homeReplica } from '../../src/replica/schema-record.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { imageOf } from '../support/image-of.ts';
import { type Program, startProgram } from '../support/program.ts';

const image = imageOf(file_test_v1_inspection);
export const servedSchema = createSchema(image);

export interface ServedFolder {
  /** Where the server listens in each of its lives. */
  readonly address: string;
  /** Starts the server; `wrapper` is a command that runs it. */
  start(wrapper?: readonly string[]): Program;
  /** Starts a server, has it stop in good order, and so leaves its code compiled for those that follow. */
  warmUp(): Promise<void>;
  /** Reads the log as the next start would. Nobody may serve it meanwhile. */
  readHistory(): Promise<History>;
  remove(): void;
}

/** What a log has. */
export interface History {
  /** The home after all of it. */
  readonly home: Home;
  /** The transactions in their order, as `replica/counter`. */
  readonly transactions: readonly string[];
}

/** `data` is where the log goes; a folder of its own by default. */
export async function serveFolder(data?: string): Promise<ServedFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-chaos-'));
  const schemaFile = join(folder, 'image.binpb');
  writeFileSync(schemaFile, image);
  const dataFolder = data ?? join(folder, 'data');
  const address = `127.0.0.1:${await freePort()}`;
  // A process that is killed leaves no compiled code behind, so all of them use that of one that was not.
  const env = { NODE_COMPILE_CACHE: join(folder, 'code') };
  const options = ['--schema', schemaFile, '--data', dataFolder, '--listen', address];
  const start = (wrapper: readonly string[] = []) =>
    startProgram([...wrapper, ...nodeOf(wrapper), 'bin/syncdb.js', 'serve', ...options], env);
  return {
    address,
    start,
    warmUp: async () => {
      const program = start();
      await program.prints('listening');
      program.kill('SIGTERM');
      await program.ended;
    },
    readHistory: () => readHistory(join(dataFolder, 'main.syncdb')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function nodeOf(wrapper: readonly string[]): readonly string[] {
  return wrapper.length === 0 ? [] : [process.execPath];
}

/**
 * A free port that no outgoing connection is given: a client that tries to reach a server which is not there could else
 * be connected with itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

async function readHistory(path: string): Promise<History> {
  const home = new Home({ schema: servedSchema, limits: defaultLimits, validate: () => undefined });
  const transactions: string[] = [];
  const log = await openSqliteLog({ path });
  try {
    let chain = chainStart;
    for await (const { records } of log.read(0)) {
      for (const record of records) {
        const decoded = decodeCommit(record, chain, servedSchema);
        chain = decoded.chain;
        home.replay(record);
        const { replica, counter } = decoded.commit;
        if (replica !== homeReplica) transactions.push(`${replica}/${counter}`);
      }
    }
  } finally {
    await log.close();
  }
  return { home, transactions };
}
