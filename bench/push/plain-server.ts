/** The service by hand: rows as protobuf in a table of SQLite, one durable transaction for each batch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
// biome-ignore lint/correctness/noUndeclaredDependencies: the one of the package that is measured.
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import type { PushRequest, PushResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { serveParent } from '../support/child.ts';
import { messageInit } from '../support/record-table.ts';
import { recordAt } from '../support/records.ts';
import { verify } from '../support/rounds.ts';
import { pushMethod } from './plain-service.ts';
import { type PushServerSide, recordsAfter, rowCount } from './sides.ts';

let db: DatabaseSync;
let select: StatementSync;
let upsert: StatementSync;

function open(path: string): void {
  db = new DatabaseSync(path);
  db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE records (id TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID');
  select = db.prepare('SELECT bytes FROM records WHERE id = ?');
  upsert = db.prepare('INSERT OR REPLACE INTO records VALUES (?, ?)');
}

function inTransaction(work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  work();
  db.exec('COMMIT');
}

const localNames = new Map(RecordSchema.fields.map(({ number, localName }) => [number, localName]));

/** `fields` are those that are set; none for a row that is new. */
function store(key: string, fields: readonly number[], row: Uint8Array): void {
  const known = select.get(key) as { bytes: Uint8Array } | undefined;
  if (fields.length === 0 || known === undefined) {
    upsert.run(key, row);
    return;
  }
  const patch = fromBinary(RecordSchema, row);
  const names = fields.map((number) => localNames.get(number) as keyof typeof patch);
  const set = Object.fromEntries(names.map((name) => [name, patch[name]]));
  const merged = Object.assign(fromBinary(RecordSchema, known.bytes), set);
  upsert.run(key, toBinary(RecordSchema, merged));
}

const side: PushServerSide = {
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncdb-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
    open(join(folder, 'bench.db'));
    inTransaction(() => {
      for (let index = 0; index < rowCount; index++) {
        const message = create(RecordSchema, messageInit(recordAt(index)));
        upsert.run(message.id, toBinary(RecordSchema, message));
      }
    });
    const server = new Server();
    server.addService(
      { push: pushMethod },
      {
        push: (
          { request }: ServerUnaryCall<PushRequest, PushResponse>,
          answer: sendUnaryData<PushResponse>,
        ) => {
          inTransaction(() => {
            for (const { changes } of request.transactions) {
              for (const { key, fields, content } of changes) {
                verify(content?.$case === 'rowBytes', 'a change has no row');
                store(key, fields, content.value);
              }
            }
          });
          answer(null, { outcomes: [], headSeq: 0n });
        },
      },
    );
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  },

  verify: () => {
    for (const record of recordsAfter()) {
      const found = select.get(record.id) as { bytes: Uint8Array } | undefined;
      verify(found !== undefined, `record ${record.id} is missing`);
      const wanted = create(RecordSchema, messageInit(record));
      const same = equals(RecordSchema, fromBinary(RecordSchema, found.bytes), wanted);
      verify(same, `record ${record.id} is not what was pushed`);
    }
  },
};

serveParent(side);
