import { HealthImplementation } from 'grpc-health-check';
import type { ServedDatabases } from './served-databases.ts';

/**
 * What health checks call the taking of writes. The services stay SERVING while a log recovers, since reads and sync go on:
 * who restarted the server for it would only make both wait.
 */
const writes = 'syncdb.v1.Writes';

const ofDatabase = (name: string) => `syncdb.v1.Database/${name}`;

/**
 * What `grpc.health.v1.Health` says: of the server (the empty name) and its services whether they answer, which they do of all
 * databases once those are open; of `syncdb.v1.Writes` whether all databases take writes, and of `syncdb.v1.Database/NAME` whether that one does.
 */
export class ServerHealth {
  private readonly health: HealthImplementation;
  private readonly names: readonly string[];
  /** Those whose calls are answered once all databases are open. */
  private readonly general: readonly string[];
  private readonly databases: Pick<ServedDatabases, 'names' | 'loading'>;
  /** Databases that take no writes. */
  private readonly stuck = new Set<string>();
  private isDown = false;

  constructor(services: readonly string[], databases: Pick<ServedDatabases, 'names' | 'loading'>) {
    this.databases = databases;
    this.general = ['', ...services];
    this.names = [...this.general, writes, ...databases.names.map(ofDatabase)];
    this.health = new HealthImplementation(
      Object.fromEntries(this.names.map((name) => [name, 'NOT_SERVING'])),
    );
    for (const name of databases.names) this.tell(name);
    this.tellGeneral();
  }

  addTo(server: Parameters<HealthImplementation['addToServer']>[0]): void {
    this.health.addToServer(server);
  }

  /** A database has begun or ceased to take writes. */
  takesWrites(database: string, takes: boolean): void {
    if (takes) this.stuck.delete(database);
    else this.stuck.add(database);
    this.tell(database);
  }

  /** A database is open now. */
  opened(database: string): void {
    this.tell(database);
    this.tellGeneral();
  }

  /** The server ends, or a database cannot go on: from now on nothing serves. */
  down(): void {
    this.isDown = true;
    for (const name of this.names) this.set(name, false);
  }

  private tell(database: string): void {
    if (this.isDown) return;
    const { loading } = this.databases;
    const isStuck = this.stuck.has(database) || loading.has(database);
    this.set(ofDatabase(database), !isStuck);
    this.set(writes, this.stuck.size === 0 && loading.size === 0);
  }

  private tellGeneral(): void {
    if (this.isDown) return;
    for (const name of this.general) this.set(name, this.databases.loading.size === 0);
  }

  private set(name: string, serves: boolean): void {
    this.health.setStatus(name, serves ? 'SERVING' : 'NOT_SERVING');
  }
}
