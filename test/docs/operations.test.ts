/** docs/operations.md: its calls are made of a real server, and its lines of the log are lines as that server writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { file_test_v1_inspection } from '../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client-api.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { imageOf } from '../support/image-of.ts';
import { type Program, runProgram, startProgram } from '../support/program.ts';
import { fieldSchema } from '../support/test-server.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const buf = join(root, 'node_modules/.bin/buf');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].flatMap(
    ([, body]) => body!.trim().split('\n'),
  );

/** What a line asks of a server. */
function callOf(line: string): { readonly request: string; readonly method: string } {
  const form = /^grpcurl -plaintext (?:-d '([^']*)' )?127\.0\.0\.1:50051 (\S+)$/;
  const [, request = '{}', method] = form.exec(line)!;
  return { request, method: method! };
}

const makeFolder = tempFolders();
let server: Program;
let client: Client;
let address: string;
const answers = new Map<string, string>();

/** The lines that the server has written, by their sentence. */
async function logLines(): Promise<Map<string, Record<string, unknown>>> {
  const { stderr } = await server.ended;
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return new Map(lines.map((line) => [line.msg, line]));
}

async function ask(request: string, method: string) {
  const flags = ['--http2-prior-knowledge', '--protocol', 'grpc', '-d', request];
  return runProgram([buf, 'curl', ...flags, `http://${address}/${method}`]);
}

beforeAll(async () => {
  const folder = makeFolder();
  const schema = join(folder, 'schema.binpb');
  writeFileSync(schema, imageOf(file_test_v1_inspection));
  const args = ['--schema', schema, '--data', folder, '--database', 'main'];
  server = startProgram(['bin/syncdb.js', 'serve', ...args, '--listen', '127.0.0.1:0'], {
    SYNCDB_LOG_LEVEL: 'info',
  });
  const printed = await server.prints('listening on');
  address = /127\.0\.0\.1:\d+/.exec(printed)![0];
  client = await open({
    ...{ url: address, database: 'main', schema: fieldSchema, replicaId: 'tablet-7' },
    retry: { delayMsMin: 20_000, delayMsMax: 20_000 },
  });
  await client.synced();
  const wrong = { version: 9, fingerprint: 'feedfeedfeedfeed' };
  const handshake = { protocolMin: 1, protocolMax: 1, database: 'main', schema: wrong };
  const change = { operation: 'OPERATION_DELETE', table: 'test.v1.Station', key: 's1' };
  const transactions = [{ replicaId: 'old-1', counter: 1, changes: [change] }];
  const push = { handshake: { ...handshake, replicaId: 'old-1' }, transactions };
  const refused = await ask(JSON.stringify(push), 'syncdb.v1.SyncService/Push');
  expect(refused.code).not.toBe(0);
  // Until both devices are rows.
  for (let tries = 0; tries < 50 && !(await query()).includes('old-1'); tries++);
}, 60_000);

async function query(): Promise<string> {
  const table = '{"database": "main", "table": "syncdb.v1.Device"}';
  const { stdout } = await ask(table, 'syncdb.v1.DataService/Query');
  return stdout;
}

afterAll(async () => {
  await client.close();
  server.kill('SIGTERM');
  await server.ended;
});

describe('the page about operations', () => {
  it.each(blocks('sh'))('%s', async (line) => {
    const { request, method } = callOf(line);
    const { code, stdout, stderr } = await ask(request, method);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    answers.set(`${method} ${request}`, stdout);
  });

  it('has calls that answer what it says of them', async () => {
    const of = (start: string) =>
      [...answers].flatMap(([call, answer]) => (call.startsWith(start) ? [answer] : []));
    const health = of('grpc.health.v1.Health/Check');
    expect(health).toHaveLength(3);
    for (const answer of health) expect(JSON.parse(answer)).toEqual({ status: 'SERVING' });
    const [online, all] = of('syncdb.v1.AdminService/ListDevices').map((text) => JSON.parse(text));
    expect(online).toMatchObject({
      ...{ devices: [{ device: { id: 'tablet-7' }, streamCount: 1 }], totalCount: 2 },
      onlineCount: 1,
    });
    expect(all.devices).toHaveLength(2);
    const [refused] = of('syncdb.v1.DataService/Query');
    expect(refused).toContain('old-1');
    expect(refused).toContain('SCHEMA_MISMATCH');
    expect(refused).not.toContain('tablet-7');
    const [statistics] = of('syncdb.v1.AdminService/GetStatistics');
    const { rpcs, databases } = JSON.parse(statistics!);
    const [table] = /(?<=^\| look at \| it says \|\n)(?:\|.*\n)+/m.exec(page)!;
    const cells = [...table.matchAll(/^\| (`.*?) \| /gm)].map(([, cell]) => cell!);
    const named = cells.flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(8);
    // JSON leaves out what is 0, so the names are looked for in the proto.
    const proto = readFileSync(join(root, 'proto/syncdb/v1/admin_service.proto'), 'utf8');
    for (const name of named) expect(proto).toMatch(new RegExp(` ${name.split('.').at(-1)} = `));
    expect(rpcs.length).toBeGreaterThan(3);
    expect(databases).toMatchObject([{ name: 'main', sessionBegunCount: expect.any(String) }]);
  });

  it('removes the device that it removes', async () => {
    const list = '{"database": "main"}';
    const { stdout } = await ask(list, 'syncdb.v1.AdminService/ListDevices');
    const ids = JSON.parse(stdout).devices.map(
      ({ device }: { device: { id: string } }) => device.id,
    );
    // It was told to wait before it comes again.
    expect(ids).toEqual(['old-1']);
  });

  it('shows lines of the log as the server writes them', async () => {
    const again = await open({ url: address, database: 'main', schema: fieldSchema });
    await again.synced();
    server.kill('SIGTERM');
    const written = await logLines();
    await again.close();
    const shown = blocks('json').map((line) => JSON.parse(line));
    expect(shown.length).toBeGreaterThan(4);
    for (const line of shown) {
      const real = written.get(line.msg);
      expect(Object.keys(line)).toEqual(Object.keys(real ?? {}));
      expect(line.level).toBe(real!.level);
    }
    expect(written.get('call refused')).toMatchObject({ reason: 'SCHEMA_MISMATCH' });
    expect(written.get('session ended')).toMatchObject({ reason: 'SERVER_STOPPING' });
  });

  it('has the sentences of the log that there are', () => {
    const source = readFileSync(join(root, 'src/server/server-log.ts'), 'utf8');
    const sentences = [...page.matchAll(/^\| `(?:database main: )?([a-z ]+)` \| (?:warn|error)/gm)];
    expect(sentences).toHaveLength(5);
    for (const [, sentence] of sentences) expect(source).toContain(`'${sentence}'`);
  });
});
