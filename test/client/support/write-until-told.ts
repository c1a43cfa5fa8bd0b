import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { open } from '../../../src/client/client.ts';
import { sqliteStorage } from '../../../src/client/sqlite-storage.ts';
import { fieldSchema } from '../../support/test-server.ts';

// A client that writes so many rows of 8 KiB and syncs them. Says which was told to be stored, how its storage does, and
// when all are settled; then it waits to be killed.
const [path, url, count] = process.argv.slice(2) as [string, string, string];
const say = (line: string) => process.stdout.write(`${line}\n`);
const client = await open({
  url,
  database: 'field',
  schema: fieldSchema,
  replicaId: 'phone',
  storage: sqliteStorage({ path }),
  retry: { delayMsMin: 5, delayMsMax: 50 },
  random: () => 0,
  on: { storage: ({ state }) => say(`storage ${state}`) },
});
for (let number = 0; number < Number(count); number++) {
  const id = `s${number}`;
  const { stored } = client.table(StationSchema).put({ id, name: id.repeat(8_192 / id.length) });
  void stored.then(() => say(`stored ${number}`));
  await new Promise((resolve) => setTimeout(resolve, 2));
}
say(`written ${client.table(StationSchema).count()}, pending ${client.pendingCount}`);
await client.synced();
say('synced');
setInterval(() => {}, 1_000);
