import { writeSync } from 'node:fs';
import { openSqliteSnapshots } from '../../../src/log/sqlite-snapshots.ts';
import { recordAt } from './record-at.ts';

// A process that takes snapshots for ever in the file named by its argument, keeps two, and says the position of each that
// it was promised, until it is killed.
const store = await openSqliteSnapshots({ path: process.argv[2]! });
for (let position = ((await store.list())[0]?.position ?? 0) + 1; ; position++) {
  const writer = await store.begin(position);
  for (let block = 0; block < 20; block++) await writer.add(recordAt(position + block, 20_000));
  await writer.complete();
  writeSync(1, `${position}\n`);
  await store.keep((await store.list()).slice(0, 2).map(({ id }) => id));
}
