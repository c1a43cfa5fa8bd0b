/** The real grpcurl, built with Go: what an operator has at three in the morning. */
import { join } from 'node:path';
import { root } from '../../scripts/run.ts';
import { exec, outputOf } from './exec.ts';
import {
  handshakeFrom,
  inspectionRow,
  inspectionTable,
  type JsonObject,
  jsonObjects,
  openInspections,
  pullOf,
  pushOf,
  requireMatch,
} from './json-calls.ts';
import { buildFolder } from './server-process.ts';
import type { Tally } from './tally.ts';

const version = 'v1.9.4';
const reflectionProtos = join(root, 'node_modules', '@grpc', 'reflection', 'build', 'proto');

/** Builds grpcurl. Returns the way to check a server with it, or undefined where there is no Go, or it failed. */
export async function buildGrpcurl(
  tally: Tally,
): Promise<((address: string) => Promise<void>) | undefined> {
  if ((await outputOf('go', ['version'])) === undefined) {
    tally.skip('grpcurl', 'there is no `go` on the path');
    return undefined;
  }
  const bin = join(buildFolder, 'bin');
  let built = false;
  await tally.check('grpcurl-build', async () => {
    const { code, stderr } = await exec(
      'go',
      ['install', `github.com/fullstorydev/grpcurl/cmd/grpcurl@${version}`],
      { env: { GOBIN: bin, CGO_ENABLED: '0' }, timeoutMs: 600_000 },
    );
    if (code !== 0) throw new Error(stderr);
    built = true;
    return version;
  });
  if (!built) return undefined;
  return (address) => new GrpcurlChecks(tally, join(bin, 'grpcurl'), address).run();
}

class GrpcurlChecks {
  private readonly tally: Tally;
  private readonly command: string;
  private readonly address: string;
  private handshake: JsonObject = {};

  constructor(tally: Tally, command: string, address: string) {
    this.tally = tally;
    this.command = command;
    this.address = address;
  }

  async run(): Promise<void> {
    await this.check('list', () => this.list());
    await this.check('describe-service', () => this.describeService());
    await this.check('describe-table', () => this.describeTable());
    await this.check('health', () => this.health());
    await this.check('reflection-v1', () => this.reflection('v1'));
    await this.check('reflection-v1alpha', () => this.reflection('v1alpha'));
    await this.check('list-databases', () => this.listDatabases());
    await this.check('push', () => this.push());
    await this.check('pull', () => this.pull());
    await this.check('query', () => this.query());
    await this.check('get', () => this.get());
    await this.check('transact', () => this.transact());
    await this.check('watch', () => this.watch());
    await this.check('sync', () => this.sync());
    await this.check('error-details', () => this.errorDetails());
    await this.check('refusal', () => this.refusal());
  }

  private check(name: string, make: () => Promise<string>): Promise<void> {
    return this.tally.check(`grpcurl-${name}`, make);
  }

  private async list(): Promise<string> {
    const services = (await this.text('list')).trim().split('\n').sort();
    const ours = ['AdminService', 'DataService', 'SyncService'].map((name) => `syncdb.v1.${name}`);
    requireMatch(services, ['grpc.health.v1.Health', ...ours]);
    const methods = await this.text('list', 'syncdb.v1.SyncService');
    requireMatch(
      methods.trim().split('\n').sort(),
      ['Pull', 'Push', 'PushPart', 'Sync'].map((name) => `syncdb.v1.SyncService.${name}`),
    );
    return services.join(' ');
  }

  private async describeService(): Promise<string> {
    const text = await this.text('describe', 'syncdb.v1.SyncService');
    requireText(
      text,
      'rpc Sync ( stream .syncdb.v1.SyncRequest ) returns ( stream .syncdb.v1.SyncResponse );',
    );
    const template = await this.text('-msg-template', 'describe', 'syncdb.v1.PullRequest');
    requireText(template, '"fingerprint": ""');
    return 'with a template of the request';
  }

  private async describeTable(): Promise<string> {
    const text = await this.text('describe', inspectionTable);
    requireText(text, 'option (.syncdb.v1.table) = { scopes: [ "station/{station_id}" ] };');
    requireText(text, '(.syncdb.v1.field) = { references: "Station" }');
    requireText(text, '(.buf.validate.field) = { string: { max_len: 200 } }');
    requireText(text, '// How often somebody was there: the later push wins.');
    return 'with its options and comments';
  }

  private async health(): Promise<string> {
    for (const service of ['', 'syncdb.v1.SyncService']) {
      requireMatch(await this.call('grpc.health.v1.Health/Check', { service }), [
        { status: 'SERVING' },
      ]);
    }
    return 'SERVING';
  }

  /** grpcurl itself tries v1 first; here each version is called like any other service, with its own proto. */
  private async reflection(which: string): Promise<string> {
    const flags = [
      '-import-path',
      reflectionProtos,
      '-proto',
      `grpc/reflection/${which}/reflection.proto`,
    ];
    const method = `grpc.reflection.${which}.ServerReflection/ServerReflectionInfo`;
    const requests = [{ listServices: '' }, { fileContainingSymbol: inspectionTable }];
    const [listed, described] = await this.call(method, requests, ...flags);
    requireText(JSON.stringify(listed), '"syncdb.v1.SyncService"');
    const { fileDescriptorProto } = (described as JsonObject).fileDescriptorResponse as {
      fileDescriptorProto: string[];
    };
    requireText(
      Buffer.from(fileDescriptorProto[0]!, 'base64').toString('latin1'),
      'test/v1/inspection.proto',
    );
    return `${fileDescriptorProto.length} files for one table`;
  }

  private async listDatabases(): Promise<string> {
    const [answer] = await this.call('syncdb.v1.AdminService/ListDatabases');
    this.handshake = handshakeFrom(answer, 'grpcurl');
    return JSON.stringify(this.handshake.schema);
  }

  private async push(): Promise<string> {
    const request = pushOf(this.handshake, 1, inspectionRow);
    const [first] = await this.call('syncdb.v1.SyncService/Push', request);
    // A count of 64 bits is a string in JSON, for the sake of those who only have doubles.
    requireMatch(first, { outcomes: [{ counter: '1', status: 'OUTCOME_STATUS_COMMITTED' }] });
    const [again] = await this.call('syncdb.v1.SyncService/Push', request);
    requireMatch(again, first!);
    return 'COMMITTED, and the same again';
  }

  private async pull(): Promise<string> {
    const [answer, ...more] = await this.call('syncdb.v1.SyncService/Pull', pullOf(this.handshake));
    requireMatch(answer, {
      delta: {
        changes: [
          {
            type: 'ROW_CHANGE_TYPE_FULL',
            key: 'valve-1',
            row: inspectionRow,
            scopes: ['station/north'],
          },
        ],
        checkpoint: { rowCount: '1' },
      },
    });
    requireMatch(more.length, 0);
    // The shortest request means all that the caller may read.
    const { handshake } = this;
    const [all] = await this.call('syncdb.v1.SyncService/Pull', { handshake });
    requireMatch(all, { delta: { checkpoint: { rowCount: '1' } } });
    return 'the row by its names';
  }

  private async query(): Promise<string> {
    const answers = await this.call('syncdb.v1.DataService/Query', openInspections);
    requireMatch(answers, [
      { rows: [{ table: inspectionTable, row: inspectionRow, modifiedBy: 'grpcurl' }] },
    ]);
    return 'the row by its names';
  }

  private async get(): Promise<string> {
    const request = { database: 'interop', table: inspectionTable, key: 'valve-1' };
    requireMatch(await this.call('syncdb.v1.DataService/Get', request), [
      { row: { row: inspectionRow } },
    ]);
    return 'valve-1';
  }

  private async transact(): Promise<string> {
    const change = {
      operation: 'OPERATION_PATCH',
      key: 'valve-1',
      row: { '@type': inspectionRow['@type'], visits: 3 },
    };
    const [answer] = await this.call('syncdb.v1.DataService/Transact', {
      database: 'interop',
      changes: [change],
    });
    const { etags } = answer as { etags: string[] };
    requireMatch(etags.length, 1);
    return `etag ${etags[0]}`;
  }

  private async watch(): Promise<string> {
    const { code, stdout } = await this.invoke(
      ['-max-time', '1'],
      'syncdb.v1.DataService/Watch',
      openInspections,
    );
    requireMatch(code, 64 + 4);
    requireMatch(jsonObjects(stdout), [
      { changes: [{ row: { ...inspectionRow, visits: 3 } }], live: true },
    ]);
    return 'until the deadline';
  }

  /** The client's side ends at once; the server still catches it up and answers its push. */
  private async sync(): Promise<string> {
    const { handshake, transactions } = pushOf(this.handshake, 2, {
      ...inspectionRow,
      id: 'valve-2',
    });
    const hello = { handshake: handshake!, subscription: { scopes: ['station/north'] } };
    const answers = await this.call('syncdb.v1.SyncService/Sync', [
      { hello },
      { push: { transactions: transactions! } },
    ]);
    requireMatch(answers[0]!, { welcome: { protocolVersion: 1, settledCounter: '1' } });
    const results = answers.filter(({ pushResult }) => pushResult !== undefined);
    requireMatch(results, [{ pushResult: { outcomes: [{ status: 'OUTCOME_STATUS_COMMITTED' }] } }]);
    requireText(JSON.stringify(answers), '"valve-2"');
    return answers.map((answer) => Object.keys(answer).join()).join(', ');
  }

  private async errorDetails(): Promise<string> {
    const late = pushOf(this.handshake, 9, inspectionRow);
    const { code, stderr } = await this.invoke([], 'syncdb.v1.SyncService/Push', late);
    requireMatch(code, 64 + 9);
    for (const text of [
      '"@type": "type.googleapis.com/google.rpc.ErrorInfo"',
      '"reason": "COUNTER_GAP"',
      '"expected_counter": "3"',
    ]) {
      requireText(stderr, text);
    }
    return 'COUNTER_GAP, expected 3';
  }

  private async refusal(): Promise<string> {
    const change = { operation: 'OPERATION_PUT', row: inspectionRow, ifNoneMatch: true };
    const request = { database: 'interop', changes: [change] };
    const { code, stderr } = await this.invoke([], 'syncdb.v1.DataService/Transact', request);
    requireMatch(code, 64 + 10);
    requireText(stderr, '"reason": "ROW_EXISTS"');
    requireText(stderr, '"field": "changes[0]"');
    return 'ABORTED ROW_EXISTS';
  }

  /** Output of `list` or `describe`. */
  private async text(...args: string[]): Promise<string> {
    const verb = args.findIndex((arg) => !arg.startsWith('-'));
    const all = ['-plaintext', ...args.slice(0, verb), this.address, ...args.slice(verb)];
    const { code, stdout, stderr } = await exec(this.command, all);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  private async call(
    method: string,
    request: JsonObject | JsonObject[] = {},
    ...flags: string[]
  ): Promise<JsonObject[]> {
    const { code, stdout, stderr } = await this.invoke(flags, method, request);
    if (code !== 0) throw new Error(stderr);
    return jsonObjects(stdout);
  }

  private invoke(flags: string[], method: string, request: JsonObject | JsonObject[]) {
    const input = [request]
      .flat()
      .map((one) => JSON.stringify(one))
      .join('\n');
    return exec(this.command, ['-plaintext', ...flags, '-d', '@', this.address, method], { input });
  }
}

function requireText(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`${JSON.stringify(part)} is not in:\n${text}`);
}
