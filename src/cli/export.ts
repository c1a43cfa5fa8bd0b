import { access, readFile } from 'node:fs/promises';
import { open as openClient } from '../client/client.ts';
import { salvageStorage } from '../client/salvage.ts';
import { sqliteStorage } from '../client/sqlite-storage.ts';
import { tableMessages } from '../schema/descriptors.ts';
import { SchemaProblems } from '../schema/problems.ts';
import { namingFile } from './failure.ts';
import { type CommandStreams, write } from './output.ts';
import { jsonText } from './rows/json-text.ts';
import { byteText } from './units.ts';
import { checkReplaceable, writeWhole } from './whole-file.ts';

/** The options of `syncdb export`. */
export interface ExportFileOptions {
  /** The file of the client's storage. */
  readonly store: string;
  /** File with a FileDescriptorSet. */
  readonly schema: string;
  readonly schemaVersion: number;
  /** The file that is written. */
  readonly to: string;
  /** Tables whose edits are wanted; all when empty. */
  readonly table: readonly string[];
  /** Whether those that were refused go along. */
  readonly refused: boolean;
}

/**
 * `syncdb export`: writes what waits in the storage of a client, which nobody has open, into a file to be carried by hand. It goes
 * on waiting there.
 */
export async function exportFile(
  options: ExportFileOptions,
  { stdout }: CommandStreams,
): Promise<void> {
  const { store, to, table, refused } = options;
  await checkReplaceable(to);
  await access(store);
  const bytes = await namingFile(options.schema, () => readFile(options.schema));
  const problems = new SchemaProblems();
  const schema = tableMessages(new Uint8Array(bytes), problems);
  problems.throwIfAny();
  // Without it a storage would be made where there is none; and it knows its database.
  const { database = '', relay = false } = await salvageStorage({ path: store });
  const { schemaVersion } = options;
  const storage = sqliteStorage({ path: store });
  const client = await openClient({ database, schema, schemaVersion, storage, relay });
  try {
    const isWanted = (name: string) =>
      table.length === 0 || table.some((each) => name === each || name.endsWith(`.${each}`));
    const exported = await client.export({
      choose: ({ changes }) => changes.some((change) => isWanted(change.table)),
      parked: refused,
    });
    await writeWhole(to, (put) => put(exported.bytes));
    const { transactions, parked } = exported;
    const told = {
      ...{ file: to, database, replicaId: client.replicaId, transactions, refused: parked },
      bytes: exported.bytes.length,
    };
    const text = `${transactions} transactions of ${told.replicaId} and ${parked} refused ones, ${byteText(told.bytes)} in ${to}`;
    await write(stdout, `${stdout.isTTY ? text : jsonText(told)}\n`);
  } finally {
    await client.close();
  }
}
