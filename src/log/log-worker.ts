import { parentPort, workerData } from 'node:worker_threads';
import { openLogService } from './log-service.ts';
import { serveStore } from './store-service.ts';

// The log's thread: `sqlite-log.ts` starts it with the path of the file.
/* v8 ignore next -- Runs in its own thread, where coverage does not look; every test of the SQLite log runs it. */
serveStore(parentPort!, openLogService, workerData as string);
