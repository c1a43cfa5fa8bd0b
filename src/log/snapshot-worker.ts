import { parentPort, workerData } from 'node:worker_threads';
import { openSnapshotService } from './snapshot-service.ts';
import { serveStore } from './store-service.ts';

// The snapshots' thread: `sqlite-snapshots.ts` starts it with the path of the file.
/* v8 ignore next -- Runs in its own thread, where coverage does not look; every test of SQLite snapshots runs it. */
serveStore(parentPort!, openSnapshotService, workerData as string);
