import { AirportSchema, StateSchema } from '../gen/es/example/v1/place_pb.ts'; // Your own generated types.
import { open, openDatabase, startServer } from '../src/index.ts'; // 'syncdb'

const schema = [AirportSchema, StateSchema];
const database = await openDatabase({ name: 'field', schema }); // With a log, it is kept on disk.
const server = await startServer({ databases: [database], address: '127.0.0.1:0' });

const phone = () => open({ url: server.address, database: 'field', schema });
const [anna, ben] = [await phone(), await phone()];

const position = { latitude: 42.16, longitude: -76.89 };
anna.table(AirportSchema).put({ iata: 'ELM', name: 'Elmira', state: 'NY', position });
await anna.synced();
await ben.synced();

// Both lose their link and work on.
anna.disconnect();
ben.disconnect();
anna.table(AirportSchema).patch('ELM', { notes: 'The runway is closed on Monday.' });
ben.table(AirportSchema).patch('ELM', { name: 'Elmira/Corning Regional' });
console.log('anna, offline:', anna.table(AirportSchema).get('ELM')?.name);

// It comes back. Only the changed fields travel, and both edits stand.
for (const client of [anna, ben]) {
  client.connect();
  await client.synced();
}
const { name, notes } = ben.table(AirportSchema).get('ELM')!;
console.log('ben, synced:  ', name, '-', notes);

const inNewYork = ben.table(AirportSchema).query({ where: { state: 'NY' }, limit: 10 });
console.log('ben finds:    ', inNewYork.rows.map(({ iata }) => iata).join());

await anna.close();
await ben.close();
await server.close();
