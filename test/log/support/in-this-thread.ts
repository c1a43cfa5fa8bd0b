import { MessageChannel } from 'node:worker_threads';
import type { Log } from '../../../src/log/log.ts';
import { openLogService } from '../../../src/log/log-service.ts';
import { openSnapshotService } from '../../../src/log/snapshot-service.ts';
import type { SnapshotStore } from '../../../src/log/snapshot-store.ts';
import { type ServicePort, serveStore } from '../../../src/log/store-service.ts';
import type { ThreadHandle } from '../../../src/log/store-thread.ts';
import { attachThreadLog } from '../../../src/log/thread-log.ts';
import { attachThreadSnapshots } from '../../../src/log/thread-snapshots.ts';

/** The SQLite log with both of its ends in this thread: no thread to start, and nothing else is different. */
export function openInThisThread(path: string): Promise<Log> {
  const { handle, port } = channel();
  const log = attachThreadLog(handle as ThreadHandle<never>, path);
  serveStore(port as ServicePort<never, object>, openLogService, path);
  return log;
}

/** The SQLite snapshots likewise. */
export function openSnapshotsInThisThread(path: string): Promise<SnapshotStore> {
  const { handle, port } = channel();
  const snapshots = attachThreadSnapshots(handle as ThreadHandle<never>, path);
  serveStore(port as ServicePort<never, object>, openSnapshotService, path);
  return snapshots;
}

function channel(): { readonly handle: unknown; readonly port: unknown } {
  const { port1, port2 } = new MessageChannel();
  const handle = {
    postMessage: port1.postMessage.bind(port1),
    on: (event: string, listener: (value: unknown) => void) =>
      port1.on(event === 'exit' ? 'close' : event, listener),
  };
  return { handle, port: port2 };
}
