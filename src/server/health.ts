import { HealthImplementation } from 'grpc-health-check';

/**
 * What health checks call the taking of writes. The services stay SERVING while a log recovers, since reads and sync go on:
 * who restarted the server for it would only make both wait.
 */
const writes = 'syncdb.v1.Writes';

const ofDatabase = (name: string) => `syncdb.v1.Database/${name}`;

/**
 * What `grpc.health.v1.Health` says: of the server (the empty name) and its services whether they answer; of
 * `syncdb.v1.Writes` whether all databases take writes, and of `syncdb.v1.Database/NAME` whether that one does.
 */
export class ServerHealth {
  private readonly health: HealthImplementation;
  private readonly names: readonly string[];
  /** Databases that take no writes. */
  private readonly stuck = new Set<string>();
  private isDown = false;

  constructor(services: readonly string[], databases: readonly string[]) {
    this.names = ['', writes, ...services, ...databases.map(ofDatabase)];
    this.health = new HealthImplementation(
      Object.fromEntries(this.names.map((name) => [name, 'SERVING'])),
    );
  }

  addTo(server: Parameters<HealthImplementation['addToServer']>[0]): void {
    this.health.addToServer(server);
  }

  /** A database has begun or ceased to take writes. */
  takesWrites(database: string, takes: boolean): void {
    if (takes) this.stuck.delete(database);
    else this.stuck.add(database);
    if (this.isDown) return;
    this.set(ofDatabase(database), takes);
    this.set(writes, this.stuck.size === 0);
  }

  /** The server ends, or a database cannot go on: from now on nothing serves. */
  down(): void {
    this.isDown = true;
    for (const name of this.names) this.set(name, false);
  }

  private set(name: string, serves: boolean): void {
    this.health.setStatus(name, serves ? 'SERVING' : 'NOT_SERVING');
  }
}
