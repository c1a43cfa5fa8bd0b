import { type Code, SyncError } from '../../base/errors.ts';
import type { ClientStorage, JournalFiles, JournalLog } from '../journal-files.ts';

/** One store of an adapter, new at first. */
export interface ContractStore {
  /** The storage, as each start of an app makes it: each finds what the one before has kept. */
  readonly storage: () => ClientStorage;
  /** Removes what it has kept; all that was opened is closed by then. */
  readonly remove?: () => void | Promise<void>;
}

/** The name of a case, and what it does; throws where the promise is not kept. */
export type NamedCase = readonly [name: string, body: (store: TriedStore) => Promise<void>];

/** A store that remembers what was opened of it, to close it. */
export class TriedStore {
  private readonly store: ContractStore;
  private readonly opened: { close(): Promise<void> }[] = [];

  constructor(store: ContractStore) {
    this.store = store;
  }

  storage(): ClientStorage {
    return this.store.storage();
  }

  async open(): Promise<JournalFiles> {
    return this.closedAtEnd(await this.storage().open());
  }

  closedAtEnd<Opened extends { close(): Promise<void> }>(opened: Opened): Opened {
    this.opened.push(opened);
    return opened;
  }

  /** Opens it, with a journal that counts and has these records; the first was there when it took the place. */
  async filled(...numbers: number[]): Promise<JournalFiles> {
    const files = await this.open();
    const [first, ...others] = numbers.map((number) => record(number));
    await (await files.begin()).append(0, [first!]);
    await files.replace();
    await logOf(files).append(1, others);
    return files;
  }

  /** Closes these, and opens the store again. */
  async again(files: JournalFiles): Promise<JournalFiles> {
    await files.close();
    return this.open();
  }

  async end(): Promise<void> {
    // What fails here has failed before, or is not what the case is about.
    for (const opened of this.opened) await opened.close().catch(() => {});
    await this.store.remove?.();
  }
}

/** Some bytes that are told from those of other numbers; of any length. */
export function record(number: number, length = 5): Uint8Array {
  return new Uint8Array(length).map((_, index) => number + index * 31);
}

export function logOf(files: JournalFiles): JournalLog {
  const { log } = files;
  if (log === undefined) throw new Error('there is no journal that counts');
  return log;
}

export async function recordsOf(log: JournalLog, after = 0): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const slice of log.read(after)) {
    same(slice.first, after + records.length + 1, 'the position of the first record of a slice');
    records.push(...slice.records);
  }
  return records;
}

/** Holds what a log has against the records of these numbers. */
export async function hasRecords(log: JournalLog, ...numbers: number[]): Promise<void> {
  same(log.head, numbers.length, 'the head');
  sameRecords(
    await recordsOf(log),
    numbers.map((number) => record(number)),
  );
}

export function sameRecords(found: readonly Uint8Array[], wanted: readonly Uint8Array[]): void {
  same(found.length, wanted.length, 'how many records there are');
  for (const [index, bytes] of wanted.entries()) {
    sameBytes(found[index]!, bytes, `record ${index + 1}`);
  }
}

export function sameBytes(found: Uint8Array, wanted: Uint8Array, what: string): void {
  const isSame = found.length === wanted.length && wanted.every((byte, at) => found[at] === byte);
  if (!isSame) throw new Error(`${what} is [${shown(found)}], not [${shown(wanted)}]`);
}

export function same(found: unknown, wanted: unknown, what: string): void {
  if (Object.is(found, wanted)) return;
  throw new Error(`${what} is ${String(found)}, not ${String(wanted)}`);
}

/** The call fails with a `SyncError` of that code and reason. */
export async function failsWith(
  call: Promise<unknown>,
  code: Code,
  reason: string,
): Promise<SyncError> {
  const error = await failure(call);
  if (!(error instanceof SyncError)) throw new Error(`it fails with ${error}, not with ${reason}`);
  same(error.reason, reason, 'the reason of the error');
  same(error.code, code, `the code of ${reason}`);
  return error;
}

export async function fails(call: Promise<unknown>): Promise<void> {
  await failure(call);
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  const failed = await call.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (failed === undefined) throw new Error('what was to fail has not');
  return failed.error;
}

function shown(bytes: Uint8Array): string {
  return bytes.length > 20 ? `${bytes.subarray(0, 20)},... ${bytes.length} bytes` : `${bytes}`;
}
