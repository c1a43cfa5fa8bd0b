import { writeSync } from 'node:fs';
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { open } from '../../../src/client/client.ts';
import { sqliteStorage } from '../../../src/client/sqlite-storage.ts';
import { fieldSchema } from '../../support/test-server.ts';

// A client that writes for ever, until it is killed: each transaction is one new row. Says its id and how many rows it
// has found, and then how many it was told to be stored, and how many to be settled.
const [path, url] = process.argv.slice(2) as [string, string];
const client = await open({
  url,
  database: 'field',
  schema: fieldSchema,
  storage: sqliteStorage({ path }),
  backoff: { delayMsMin: 5, delayMsMax: 20 },
  // So small that it is nearly always at writing its journal anew.
  limits: { ...defaultLimits, journalBytesMin: 3_000 },
});
const stations = client.table(StationSchema);
const mine = { id: { startsWith: client.replicaId } };
let count = stations.count(mine);
writeSync(1, `${client.replicaId} ${count}\n`);
for (;;) {
  for (let left = 1 + (count % 7); left > 0; left--) {
    count++;
    const number = count;
    const { stored, outcome } = stations.put({ id: `${client.replicaId}/${number}` });
    void stored.then(() => writeSync(1, `stored ${number}\n`));
    void outcome.then(({ status }) => writeSync(1, `${status} ${number}\n`));
  }
  await new Promise((resolve) => setTimeout(resolve, count % 5));
}
