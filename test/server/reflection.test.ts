import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, createFileRegistry, fromBinary, getOption, hasOption } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { table } from '../../gen/es/syncdb/v1/options_pb.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

interface ReflectionResponse {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorCode: number };
}

const library = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));

/** Asks as grpcurl does. */
async function ask(version: 'v1' | 'v1alpha', request: object): Promise<ReflectionResponse> {
  const proto = join(library, 'build/proto/grpc/reflection', version, 'reflection.proto');
  // biome-ignore lint/suspicious/noExplicitAny: a package that is loaded at run time has no types.
  const loaded = loadPackageDefinition(loadSync(proto, { oneofs: true })) as any;
  const client = new loaded.grpc.reflection[version].ServerReflection(
    server.address,
    credentials.createInsecure(),
  );
  const stream = client.ServerReflectionInfo();
  try {
    return await new Promise((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.write(request);
    });
  } finally {
    stream.end();
    client.close();
  }
}

async function filesOf(symbol: string): Promise<FileDescriptorProto[]> {
  const { fileDescriptorResponse } = await ask('v1', { fileContainingSymbol: symbol });
  return fileDescriptorResponse!.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  it('lists our services and the health service', async () => {
    const { listServicesResponse } = await ask(version, { listServices: '' });
    const names = listServicesResponse!.service.map(({ name }) => name).sort();
    expect(names).toEqual([
      'grpc.health.v1.Health',
      'syncdb.v1.AdminService',
      'syncdb.v1.DataService',
      'syncdb.v1.SyncService',
    ]);
  });

  it('knows the team’s own messages', async () => {
    const { fileDescriptorResponse } = await ask(version, {
      fileContainingSymbol: 'test.v1.Inspection',
    });
    expect(fileDescriptorResponse!.fileDescriptorProto.length).toBeGreaterThan(0);
  });

  it('says so where it does not know a symbol', async () => {
    const { errorResponse } = await ask(version, { fileContainingSymbol: 'test.v1.Nothing' });
    expect(errorResponse?.errorCode).toBe(5);
  });
});

describe('what reflection answers', () => {
  it('has the options that make messages tables, so that the schema can be fetched from a server', async () => {
    const files = new Map<string, FileDescriptorProto>();
    for (const file of await filesOf('test.v1.Inspection')) files.set(file.name, file);
    // As grpcurl does: what is imported and did not come along is asked for.
    for (let missing = missingOf(files); missing !== undefined; missing = missingOf(files)) {
      const { fileDescriptorResponse } = await ask('v1', { fileByFilename: missing });
      for (const bytes of fileDescriptorResponse!.fileDescriptorProto) {
        const file = fromBinary(FileDescriptorProtoSchema, bytes);
        files.set(file.name, file);
      }
    }
    const set = create(FileDescriptorSetSchema, { file: importsFirst(files) });
    const registry = createFileRegistry(set);
    const inspection = registry.getMessage('test.v1.Inspection')!;
    expect(hasOption(inspection, table)).toBe(true);
    expect(getOption(inspection, table).scopes).toEqual(['station/{station_id}']);
    expect(createSchema(set).fingerprint).toBe(server.database.schema.fingerprint);
  });
});

function missingOf(files: ReadonlyMap<string, FileDescriptorProto>): string | undefined {
  for (const file of files.values()) {
    const missing = file.dependency.find((name) => !files.has(name));
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** In the order in which compilers write them. */
function importsFirst(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto) => {
    for (const name of file.dependency) add(files.get(name)!);
    ordered.add(file);
  };
  for (const file of files.values()) add(file);
  return [...ordered];
}
