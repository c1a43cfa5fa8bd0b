import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { open } from '../../../src/client/client.ts';
import { sqliteStorage } from '../../../src/client/sqlite-storage.ts';
import { fieldSchema } from '../../support/test-server.ts';

// A client that writes for ever, until it is killed: its transaction n puts n into one of ten rows, in turn. Says its id
// and the newest number that it has found, and then which it was told to be stored, and which to be settled.
const [path, url] = process.argv.slice(2) as [string, string];
const client = await open({
  url,
  database: 'field',
  schema: fieldSchema,
  storage: sqliteStorage({ path }),
  retry: { delayMsMin: 5, delayMsMax: 20 },
  // So small that it is nearly always at writing its journal anew.
  limits: { ...defaultLimits, journalBytesMin: 3_000 },
});
const stations = client.table(StationSchema);
const mine = { id: { startsWith: client.replicaId } };
const { rows } = stations.query({ where: mine });
let count = Math.max(0, ...rows.map(({ name }) => Number(name)));
process.stdout.write(`${client.replicaId} ${count}\n`);
for (;;) {
  for (let left = 1 + (count % 7); left > 0; left--) {
    count++;
    const number = count;
    const row = { id: `${client.replicaId}/${number % 10}`, name: String(number) };
    const { counter, stored, outcome } = stations.put(row);
    if (counter !== number) throw new Error(`transaction ${number} has counter ${counter}`);
    void stored.then(() => process.stdout.write(`stored ${number}\n`));
    void outcome.then(({ status }) => process.stdout.write(`${status} ${number}\n`));
  }
  // So that the state stays small, and the journal is written anew again and again.
  do await new Promise((resolve) => setTimeout(resolve, count % 5));
  while (client.pendingCount > 30);
}
