import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InspectionSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { TableInfo } from '../../../gen/ts/syncdb/v1/admin_service.ts';
import { reflectedTypes } from '../../../src/cli/remote/reflected-types.ts';
import { withRemote } from '../../../src/cli/remote/remote.ts';
import { listTables, tableNamed, teamTypes } from '../../../src/cli/remote/team-types.ts';
import { tempFolders } from '../../log/support/temp-folder.ts';
import { testImage } from '../../support/schema-image.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { remoteOptions } from '../support/streams.ts';

const makeFolder = tempFolders();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('types by reflection', () => {
  test('read and write what generated code does', async () => {
    const types = await withRemote(remoteOptions(server.address), (remote) =>
      teamTypes(remote, undefined, ['test.v1.Inspection']),
    );
    const row = create(InspectionSchema, { id: 'a', due: { seconds: 1n }, labels: ['x'] });
    const desc = types.message('test.v1.Inspection');
    const read = fromBinary(desc, toBinary(InspectionSchema, row));
    expect(toJson(desc, read)).toEqual(toJson(InspectionSchema, row));
  });

  test('come with all that they import, which stands before them', async () => {
    const { file } = await withRemote(remoteOptions(server.address), (remote) =>
      reflectedTypes(remote, ['test.v1.Inspection', 'syncdb.v1.Conflict']),
    );
    const names = file.map(({ name }) => name);
    expect(names).toContain('buf/validate/validate.proto');
    file.forEach(({ dependency }, index) => {
      for (const name of dependency) expect(names.slice(0, index)).toContain(name);
    });
  });

  test('say what the server does not know', async () => {
    const found = withRemote(remoteOptions(server.address), (remote) =>
      reflectedTypes(remote, ['acme.v1.Nothing']),
    );
    await expect(found).rejects.toMatchObject({
      reason: 'TYPES_UNKNOWN',
      message: expect.stringMatching(/what acme.v1.Nothing is .*: give your protos with --schema$/),
    });
  });
});

describe('types of a file', () => {
  test('are those of --schema, and what a file lacks is said', async () => {
    const path = join(makeFolder(), 'schema.binpb');
    writeFileSync(path, testImage());
    // Nobody is asked: there is no such server.
    const types = await withRemote(remoteOptions('127.0.0.1:1'), (remote) =>
      teamTypes(remote, path, ['test.v1.Shapes']),
    );
    expect(types.message('test.v1.Shapes').fields).toHaveLength(61);
    expect(() => types.message('test.v1.Inspection')).toThrow(
      `${path} has no message test.v1.Inspection: give the protos that the server has with --schema`,
    );
  });

  test('are refused where they are none', async () => {
    const path = join(makeFolder(), 'schema.binpb');
    writeFileSync(path, 'syntax = "proto3";');
    const types = withRemote(remoteOptions('127.0.0.1:1'), (remote) => teamTypes(remote, path, []));
    await expect(types).rejects.toMatchObject({
      reason: 'BAD_DESCRIPTOR_SET',
      message: expect.stringContaining(`${path} is not what`),
    });
  });
});

describe('a table', () => {
  const tables = ['a.v1.Site', 'a.v1.Visit', 'b.v1.Visit'].map((name) =>
    TableInfo.create({ name }),
  );

  test('has its full name, and its own where no other has it', () => {
    expect(tableNamed(tables, 'a.v1.Visit').name).toBe('a.v1.Visit');
    expect(tableNamed(tables, 'Site').name).toBe('a.v1.Site');
  });

  test.each([
    ['Visit', 'table: Visit may be a.v1.Visit or b.v1.Visit'],
    ['ite', 'table: the database has no table ite; it has a.v1.Site, a.v1.Visit, b.v1.Visit'],
  ])('%s is refused', (name, message) => {
    expect(() => tableNamed(tables, name)).toThrow(
      expect.objectContaining({ reason: 'BAD_OPTION', message }),
    );
  });

  test('of SyncDB itself comes after the team’s own', async () => {
    const found = await withRemote(remoteOptions(server.address), listTables);
    expect(found.slice(0, 2).map(({ name }) => name)).toEqual([
      'test.v1.Inspection',
      'test.v1.Station',
    ]);
    expect(found.slice(2).every(({ system }) => system)).toBe(true);
  });
});
