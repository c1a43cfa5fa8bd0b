import type { SchemaInput } from '../schema/descriptors.ts';
import type { Database } from './database.ts';

/** A database that a server opens once it listens. */
export interface DatabaseToOpen {
  readonly name: string;
  /** As for `openDatabase`. */
  readonly schema: SchemaInput;
  /** Opens it; asked once. */
  readonly open: () => Promise<Database>;
}

/** The databases of a server: those that are open, and those that are not yet. */
export class ServedDatabases {
  readonly names: readonly string[];
  readonly schemas: readonly SchemaInput[];
  private readonly toOpen: readonly DatabaseToOpen[];
  private readonly byName = new Map<string, Database>();
  private readonly loadingNames: Set<string>;

  constructor(databases: readonly (Database | DatabaseToOpen)[]) {
    this.names = databases.map(({ name }) => name);
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
   * Opens those that are not, side by side; each is told of when it is open. Rejects with the error of the first that cannot be:
   * then those that were opened here are closed, whenever they come.
   */
  async openAll(onOpen: (database: Database) => void): Promise<void> {
    let isGivenUp = false;
    const opened: Database[] = [];
    const openOne = async ({ name, open }: DatabaseToOpen) => {
      const database = await open();
      if (isGivenUp) {
        await database.close();
        return;
      }
      opened.push(database);
      this.byName.set(name, database);
      this.loadingNames.delete(name);
      onOpen(database);
    };
    try {
      await Promise.all(this.toOpen.map(openOne));
    } catch (error) {
      isGivenUp = true;
      await Promise.all(opened.map((database) => database.close()));
      throw error;
    }
  }
}

function isToOpen(database: Database | DatabaseToOpen): database is DatabaseToOpen {
  return 'open' in database;
}
