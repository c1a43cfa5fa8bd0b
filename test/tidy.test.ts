/** The house's rules, held against the tree. That each rule can fail is shown in test/support/tidy/. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileProtos } from './support/compile-protos.ts';
import { entryPoints } from './support/tidy/floors.ts';
import { protoFindings } from './support/tidy/proto-rules.ts';
import * as rules from './support/tidy/rules.ts';
import { readSource } from './support/tidy/source.ts';

const root = join(import.meta.dirname, '..');
const pathsOf = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((path) => path.replaceAll(sep, '/'));
const sources = pathsOf('src/**/*.ts').map((path) =>
  readSource(path, readFileSync(join(root, path), 'utf8')),
);

/** Files with logic whose tests stand elsewhere, each with the reason. */
const testedElsewhere: Readonly<Record<string, string>> = {
  'src/cli/bad-rows.ts': 'with what a load leaves out in test/cli/load.test.ts',
  'src/cli/commands/arguments.ts': 'by what the program refuses in test/cli/main.test.ts',
  'src/cli/commands/backup.ts': 'as a program in test/cli/restore.test.ts',
  'src/cli/commands/devices.ts': 'as a program in test/docs/cli.test.ts',
  'src/cli/commands/load.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/push.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/export.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/import.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/run-streamed.ts': 'by what programs end with in test/cli/main.test.ts',
  'src/cli/commands/tail.ts': 'as a program in test/docs/cli.test.ts',
  'src/cli/commands/watch.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/query.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/commands/status.ts': 'as a program in test/cli/main.test.ts',
  'src/cli/option-error.ts': 'by what is refused in test/cli/rows/where.test.ts',
  'src/cli/remote/health.ts': 'with all that a server says in test/cli/status.test.ts',
  'src/cli/remote/reflected-types.ts':
    'with what is made of it in test/cli/remote/team-types.test.ts',
  'src/cli/rows/input-error.ts':
    'by what inputs are refused with in test/cli/rows/row-input.test.ts',
  'src/cli/rows/utf8-text.ts': 'by inputs of all kinds in test/cli/rows/row-input.test.ts',
  'src/cli/restore-writer.ts': 'with what becomes of a backup in test/cli/restore.test.ts',
  'src/cli/verify.ts': 'with what a repair makes of it in test/cli/repair.test.ts',
  'src/client/contract/client-cases.ts':
    'as cases of test/client/contract/storage-contract.test.ts',
  'src/client/contract/files-cases.ts': 'as cases of test/client/contract/storage-contract.test.ts',
  'src/client/contract/log-cases.ts': 'as cases of test/client/contract/storage-contract.test.ts',
  'src/client/contract/note-schema.ts': 'as cases of test/client/contract/storage-contract.test.ts',
  'src/client/contract/tried-store.ts': 'as cases of test/client/contract/storage-contract.test.ts',
  'src/client/service-error.ts': 'by what streams end with in test/client/connection.test.ts',
  'src/client/call-safely.ts': 'by what listeners throw in test/client/signal.test.ts',
  'src/client/carried-edits.ts': 'by where files come in test/client/import-edits.test.ts',
  'src/client/imported-edits.ts': 'by where files come in test/client/import-edits.test.ts',
  'src/client/grpc-metadata.ts': 'by what is called with it in test/client/connection.test.ts',
  'src/client/client-writer.ts': 'by what clients write in test/client/client.local.test.ts',
  'src/client/open-local-tables.ts': 'by what clients open in test/client/client.local.test.ts',
  'src/cli/export.ts': 'by what is imported of it in test/cli/import.test.ts',
  'src/client/link.ts': 'by what clients say of it in test/client/client.model.test.ts',
  'src/client/client-table.ts': 'what it is for shows in test/client/client.test.ts',
  'src/log/frames.ts': 'as backups in test/log/backup-format.test.ts',
  'src/replica/journal-parts.ts': 'as parts of records in test/replica/journal-record.test.ts',
  'src/replica/on-what-is-seen.ts': 'by what replicas write in test/replica/replica.test.ts',
  'src/replica/shown-rows.ts': 'with what replicas make of it in test/replica/replica.test.ts',
  'src/replica/writing-replica.ts': 'with what replicas make of it in test/replica/replica.test.ts',
  'src/replica/writer-state.ts': 'as a part of records in test/replica/journal-record.test.ts',
  'src/replica/written-scopes.ts': 'by what a relay holds in test/session/hold.test.ts',
  'src/server/backup.ts': 'with what becomes of a backup in test/cli/restore.test.ts',
  'src/server/admin-service.ts': 'over real gRPC in test/server/data-service.test.ts',
  'src/server/authoriser.ts': 'over real gRPC in test/server/sync-call.test.ts',
  'src/server/call.ts': 'over real gRPC in all of test/server',
  'src/server/committer-errors.ts':
    'by what becomes of submissions in test/server/committer.recovery.test.ts',
  'src/server/database.ts': 'over real gRPC in all of test/server',
  'src/server/gated-call.ts': 'over real HTTP/2 in test/server/admission.test.ts',
  'src/server/raw-service.ts': 'over real gRPC in test/server/bad-input.test.ts',
  'src/server/reader-view.ts': 'over real gRPC in test/server/rights.test.ts',
  'src/server/rpc-server.ts': 'over real gRPC in all of test/server',
  'src/server/server-context.ts': 'over real gRPC in test/server/bad-input.test.ts',
  'src/server/server-lines.ts': 'by what servers say in test/server/served-databases.test.ts',
  'src/server/state-rows.ts': 'over real gRPC in test/server/data-service.test.ts',
  'src/server/timers.ts': 'by what databases wait for in all of test/server',
  'src/session/greeting-errors.ts': 'by what is refused in test/session/server-session.test.ts',
  'src/session/stage-delta.ts': 'by what does not fit in test/session/client-session.test.ts',
  'src/session/hidden-columns.ts': 'by what is left out in test/session/redaction.test.ts',
  'src/table/batch/cell-column.ts':
    'by what batches are refused for in test/table/batch/batch-rows.test.ts',
  'src/table/batch/cell-items.ts':
    'with what batches have of cells in test/table/batch/batch-of-rows.test.ts',
  'src/table/batch/cell-values.ts':
    'by what batches are refused for in test/table/batch/batch-rows.test.ts',
  'src/table/batch/field-writer.ts':
    'with what comes back to the byte in test/table/batch/field-items.test.ts',
  'src/table/batch/message-items.ts':
    'with what comes back to the byte in test/table/batch/field-items.test.ts',
  'src/table/batch/message-writer.ts':
    'with what comes back to the byte in test/table/batch/field-items.test.ts',
  'src/table/batch/nested-writer.ts':
    'with what comes back to the byte in test/table/batch/nested-items.test.ts',
  'src/table/batch/struct-writer.ts':
    'with what Structs are refused for in test/table/batch/struct-items.test.ts',
};

/** Files that only tests use for now, each with the reason. */
const notUsedYet: Readonly<Record<string, string>> = {
  'src/log/memory-snapshots.ts': 'for databases in memory; tests keep snapshots in it',
  'src/session/replica-source.ts':
    'relays that serve are put together by tests, until servers can be relays',
};

describe('the sources', () => {
  test('import only downwards', () => {
    expect(rules.importDirection(sources)).toEqual([]);
  });

  test('have no import cycles', () => {
    expect(rules.importCycles(sources)).toEqual([]);
  });

  test('have no default exports', () => {
    expect(rules.defaultExports(sources)).toEqual([]);
  });

  test('are deterministic and synchronous on the pure floors', () => {
    expect(rules.purity(sources)).toEqual([]);
  });

  // Before the last floor stands, what it will use looks dead.
  const isWhole = entryPoints.every((path) => existsSync(join(root, path)));
  test.skipIf(!isWhole)('are all of use to an entry point', () => {
    const dead = rules.deadFiles(sources);
    const expected = Object.keys(notUsedYet).map((path) => `${path} is used by nothing`);
    expect(dead.sort()).toEqual(expected.sort());
  });

  test('are short', () => {
    expect(rules.longFiles(sources)).toEqual([]);
  });

  test('have their tests beside them', () => {
    const tests = new Set(pathsOf('test/**/*.test.ts'));
    expect(rules.missingTests(sources, tests, testedElsewhere)).toEqual([]);
  });
});

test('the protos are documented, and named for every generator', () => {
  const ours = compileProtos(root, ['proto/syncdb', 'proto/example']);
  expect(ours.flatMap(protoFindings)).toEqual([]);
});
