import { packRecords, unpackRecords } from './record-pack.ts';
import { openSqliteSnapshotStore } from './sqlite-snapshot-store.ts';
import type { SnapshotAnswer, SnapshotRequest } from './store-messages.ts';
import type { StoreService } from './store-service.ts';

/** Opens the snapshots at `path` as their thread serves them. */
export function openSnapshotService(path: string): StoreService<SnapshotRequest, SnapshotAnswer> {
  const store = openSqliteSnapshotStore(path);
  return {
    opened: { kind: 'opened' },
    answer: (request) => {
      switch (request.kind) {
        case 'list':
          return { kind: 'listed', snapshots: store.list() };
        case 'begin':
          return { kind: 'begun', id: store.begin(request.position) };
        case 'add':
          for (const block of unpackRecords(request.blocks)) store.add(request.id, block);
          return { kind: 'done' };
        case 'complete':
          return { kind: 'completed', snapshot: store.complete(request.id) };
        case 'abandon':
          store.abandon(request.id);
          return { kind: 'done' };
        case 'read': {
          const { id, index, end } = request;
          return { kind: 'slice', blocks: packRecords(store.read(id, index, end)) };
        }
        case 'keep':
          store.keep(request.ids);
          return { kind: 'done' };
      }
    },
    close: () => store.close(),
  };
}
