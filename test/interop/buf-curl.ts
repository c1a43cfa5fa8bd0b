/** `buf curl`, which comes with npm: no Go is needed for it. */
import { exec } from './exec.ts';
import {
  handshakeFrom,
  inspectionRow,
  type JsonObject,
  jsonObjects,
  openInspections,
  pullOf,
  pushOf,
  requireMatch,
} from './json-calls.ts';
import type { Tally } from './tally.ts';

export async function checkWithBufCurl(tally: Tally, address: string): Promise<void> {
  const curl = (args: readonly string[], input = '') =>
    exec('buf', ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args], { input });

  const call = async (
    method: string,
    request: JsonObject | JsonObject[] = {},
  ): Promise<JsonObject[]> => {
    const input = [request]
      .flat()
      .map((one) => JSON.stringify(one))
      .join('\n');
    const { code, stdout, stderr } = await curl(['-d', '@-', `http://${address}/${method}`], input);
    if (code !== 0) throw new Error(stderr);
    return jsonObjects(stdout);
  };

  let handshake: JsonObject = {};

  await tally.check('buf-curl-list', async () => {
    const { stdout } = await curl(['--list-services', `http://${address}`]);
    if (!stdout.includes('syncdb.v1.SyncService')) throw new Error(stdout);
    const [answer] = await call('syncdb.v1.AdminService/ListDatabases');
    handshake = handshakeFrom(answer, 'buf-curl');
    return stdout.trim().split('\n').join(' ');
  });

  await tally.check('buf-curl-push', async () => {
    const row = { ...inspectionRow, id: 'valve-3' };
    const [answer] = await call('syncdb.v1.SyncService/Push', pushOf(handshake, 1, row));
    requireMatch(answer, { outcomes: [{ status: 'OUTCOME_STATUS_COMMITTED' }] });
    return 'COMMITTED';
  });

  await tally.check('buf-curl-pull', async () => {
    const [answer] = await call('syncdb.v1.SyncService/Pull', pullOf(handshake));
    const { delta } = answer as { delta: { changes: JsonObject[] } };
    const { changes } = delta;
    const change = changes.find(({ key }) => key === 'valve-3');
    requireMatch(change, { row: { ...inspectionRow, id: 'valve-3' } });
    return 'the row by its names';
  });

  await tally.check('buf-curl-query', async () => {
    const [answer] = await call('syncdb.v1.DataService/Query', openInspections);
    const rows = (answer?.rows ?? []) as JsonObject[];
    requireMatch(rows.at(-1), { row: { ...inspectionRow, id: 'valve-3' } });
    return `${rows.length} rows`;
  });

  await tally.check('buf-curl-sync', async () => {
    const { subscription } = pullOf(handshake);
    const hello = { handshake, subscription: subscription! };
    const [welcome, delta] = await call('syncdb.v1.SyncService/Sync', [{ hello }]);
    requireMatch(welcome, { welcome: { protocolVersion: 1 } });
    requireMatch(delta, { delta: { checkpoint: {} } });
    return 'welcome, delta';
  });

  // It shows the types of the details, but their contents as bytes: grpcurl is the one to read errors with.
  await tally.check('buf-curl-error', async () => {
    const { code, stderr } = await curl([
      ...['-d', '{"database":"nowhere"}'],
      `http://${address}/syncdb.v1.AdminService/ListTables`,
    ]);
    requireMatch(code, 5 * 8);
    const { code: name, details } = JSON.parse(stderr) as JsonObject;
    requireMatch(name, 'not_found');
    requireMatch(details, [{ type: 'google.rpc.ErrorInfo' }, { type: 'google.rpc.BadRequest' }]);
    return 'not_found';
  });
}
