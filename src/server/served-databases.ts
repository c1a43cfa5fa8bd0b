import { invalidField, type SyncError } from '../base/errors.ts';
import type { SchemaInput } from '../schema/descriptors.ts';
import type { Database } from './database.ts';
import { systemTimer } from './timers.ts';
import { withinTime } from './within-time.ts';

/** A database that a server opens once it listens. */
export interface DatabaseToOpen {
  readonly name: string;
  /** As for `openDatabase`. */
  readonly schema: SchemaInput;
  /** Opens it; asked once. Where `signal` is aborted nobody wants it any more: `openDatabase` takes it. */
  readonly open: (signal: AbortSignal) => Promise<Database>;
}

/** How long those are waited for that are being opened when nobody wants them any more: a disk may hang. */
const abandonMsMax = 2_000;

/** The databases of a server: those that are open, and those that are not yet. */
export class ServedDatabases {
  readonly names: readonly string[];
  readonly schemas: readonly SchemaInput[];
  private readonly toOpen: readonly DatabaseToOpen[];
  private readonly byName = new Map<string, Database>();
  private readonly loadingNames: Set<string>;
  private readonly abandoned = new AbortController();
  private openings: readonly Promise<void>[] = [];
  /** Those that were opened here. */
  private readonly opened: Database[] = [];

  /** INVALID_ARGUMENT BAD_DATABASES where two have one name. */
  constructor(databases: readonly (Database | DatabaseToOpen)[]) {
    this.names = databases.map(({ name }) => name);
    const twice = this.names.find((name, index) => this.names.indexOf(name) < index);
    if (twice !== undefined) throw badDatabases(`two have the name ${JSON.stringify(twice)}`);
    this.schemas = databases.map((each) => (isToOpen(each) ? each.schema : each.schemaInput));
    this.toOpen = databases.filter(isToOpen);
    this.loadingNames = new Set(this.toOpen.map(({ name }) => name));
    for (const each of databases) {
      if (!isToOpen(each)) this.byName.set(each.name, each);
    }
  }

  /** Names of those that are not open yet. */
  get loading(): ReadonlySet<string> {
    return this.loadingNames;
  }

  /** Those that are open. */
  get open(): readonly Database[] {
    return [...this.byName.values()];
  }

  /** Undefined where it is not open. */
  get(name: string): Database | undefined {
    return this.byName.get(name);
  }

  /**
   * Opens those that are not, side by side; each is told of when it is open. Rejects with the error of the first that cannot be,
   * INVALID_ARGUMENT BAD_DATABASES where one has another name: then they are to be abandoned.
   */
  async openAll(onOpen: (database: Database) => void): Promise<void> {
    this.openings = this.toOpen.map((each) => this.openOne(each, onOpen));
    await Promise.all(this.openings);
  }

  /** Closes them. Rejects with the error of the first that cannot be, once all others are closed. */
  async close(): Promise<void> {
    const closing = this.open.map((database) => database.close());
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }

  /**
   * Closes those that were opened here, whatever comes of it. Those that are being opened are waited for, but not for ever, and
   * closed whenever they come.
   */
  async abandon(): Promise<void> {
    this.abandoned.abort();
    const openings = Promise.allSettled(this.openings);
    await Promise.allSettled([
      ...this.opened.map((database) => database.close()),
      withinTime(openings, abandonMsMax, systemTimer),
    ]);
  }

  private async openOne(
    { name, open }: DatabaseToOpen,
    onOpen: (database: Database) => void,
  ): Promise<void> {
    const { signal } = this.abandoned;
    const database = await open(signal);
    const isOther = database.name !== name;
    if (signal.aborted || isOther) await Promise.allSettled([database.close()]);
    if (signal.aborted) return;
    if (isOther) {
      const names = [name, database.name].map((each) => JSON.stringify(each));
      throw badDatabases(`what was opened as ${names[0]} has the name ${names[1]}`);
    }
    this.opened.push(database);
    this.byName.set(name, database);
    this.loadingNames.delete(name);
    onOpen(database);
  }
}

function isToOpen(database: Database | DatabaseToOpen): database is DatabaseToOpen {
  return 'open' in database;
}

/** INVALID_ARGUMENT BAD_DATABASES. */
function badDatabases(problem: string): SyncError {
  return invalidField('databases', 'BAD_DATABASES', problem);
}
