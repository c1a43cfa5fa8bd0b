import { RecordSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Mask } from '../../src/base/mask.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import type { Change } from '../../src/change/transaction.ts';
import type { Log } from '../../src/log/log.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { encodeRow } from '../../src/schema/row-codec.ts';
import type { Cell } from '../../src/schema/table-def.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import type { Identity } from '../../src/session/source.ts';
import { recordTable } from '../support/record-table.ts';
import { verify } from '../support/rounds.ts';

export const databaseName = 'bench';

/** Opens a database with the record as its one table. */
export function openRecordDatabase(log: Log): Promise<Database> {
  const clock = { nowMs: () => Date.now() };
  const schema = [RecordSchema];
  return openDatabase({ name: databaseName, schema, log, limits: defaultLimits, clock });
}

const everyone: Identity = {
  name: 'bench',
  readScopes: ['*'],
  writeScopes: ['*'],
  relay: true,
  admin: true,
  expiresAtMs: undefined,
};

/** A row with these cells as a change; with a mask, a patch of these fields. */
export function changeOf(cells: readonly Cell[], mask?: Mask): Change {
  const out = new ByteWriter();
  encodeRow(recordTable, cells, mask, out);
  return {
    operation: mask === undefined ? 'put' : 'patch',
    table: recordTable.name,
    key: cells[recordTable.key] as string,
    row: out.finish(),
    fields:
      mask === undefined
        ? []
        : maskIndexes(mask).map((index) => recordTable.columns[index]!.number),
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}

/**
 * Commits each change in a transaction of its own, as edits of many devices: `writers` of them take turns, and
 * their clocks go on by a fraction of a second to some seconds.
 */
export async function commitEach(
  database: Database,
  changes: Iterable<Change>,
  writer: (index: number) => { readonly replica: string; readonly stampMs: number },
): Promise<void> {
  const counters = new Map<string, number>();
  let waiting: Promise<unknown>[] = [];
  let index = 0;
  for (const change of changes) {
    const { replica, stampMs } = writer(index++);
    const counter = (counters.get(replica) ?? database.source.settledOf(replica).counter) + 1;
    counters.set(replica, counter);
    const transaction = {
      replica,
      counter,
      previousDigest: new Uint8Array(0),
      stamp: stampMs * 1024,
      schemaVersion: 0,
      changes: [change],
    };
    const prepared = prepareTransaction(database.schema, defaultLimits, transaction, 'load');
    waiting.push(database.submit(prepared, everyone));
    if (waiting.length < defaultLimits.commitGroupMax) continue;
    await settle(waiting);
    waiting = [];
  }
  await settle(waiting);
}

async function settle(waiting: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.all(waiting)) {
    const { status } = outcome as { status: string };
    verify(status === 'committed', `a transaction was ${status}`);
  }
}
