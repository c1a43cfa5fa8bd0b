/**
 * A laptop at Boston's airport: it takes along what concerns the airport, works offline, and syncs.
 * Start the server with `npm start`, then this with `npx node examples/client.ts`.
 */
import { EarthquakeSchema } from '../gen/es/example/v1/earthquake_pb.ts';
import { FlightSchema, RouteSchema } from '../gen/es/example/v1/flight_pb.ts';
import { AirportSchema, StateSchema } from '../gen/es/example/v1/place_pb.ts';
import { Damage, WildlifeStrikeSchema } from '../gen/es/example/v1/wildlife_strike_pb.ts';
import { open } from '../src/client/index.ts'; // In your program: 'syncdb/client'.

const client = await open({
  url: process.argv[2] ?? '127.0.0.1:50051',
  database: 'example',
  schema: [
    AirportSchema,
    EarthquakeSchema,
    FlightSchema,
    RouteSchema,
    StateSchema,
    WildlifeStrikeSchema,
  ],
  scopes: ['airport/BOS'],
  on: {
    status: (status) => {
      if ('error' in status && status.error !== undefined) fail(status.error.message);
    },
  },
});
await client.synced();

const airports = client.table(AirportSchema);
const flights = client.table(FlightSchema);
const strikes = client.table(WildlifeStrikeSchema);
console.log(`${airports.get('BOS')?.name}: ${flights.count()} flights, ${strikes.count()} strikes`);

const late = flights.query({
  where: { destination: 'BOS' },
  orderBy: [{ field: 'delay', descending: true }],
  limit: 3,
});
for (const { origin, delay } of late.rows) {
  console.log(`  from ${origin}: ${Number(delay?.seconds) / 60} minutes late`);
}

// The link is gone. Reads and writes go on: they need none.
client.disconnect();
const [strike] = strikes.query({ where: { damage: Damage.SUBSTANTIAL }, limit: 1 }).rows;
client.transaction((edits) => {
  edits.table(AirportSchema).patch('BOS', { notes: `Checked at ${new Date().toISOString()}` });
  edits.table(WildlifeStrikeSchema).patch(strike!.id, { remarks: 'The feathers are in the lab.' });
});
show('offline');

// It is back: what was written meanwhile goes up, and what others wrote comes down.
client.connect();
await client.synced();
show('synced');
await client.close();

function show(when: string): void {
  const { syncStatus, version } = airports.info('BOS')!;
  console.log(`${when}: ${airports.get('BOS')?.notes} (${syncStatus}, version ${version})`);
}

/** An app would show what it has; this one has nothing to show without a server. */
function fail(problem: string): never {
  console.error(`No server, or none like it: ${problem}`);
  process.exit(1);
}
