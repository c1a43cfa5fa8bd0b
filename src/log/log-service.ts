import { packRecords, unpackRecords } from './record-pack.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { LogAnswer, LogRequest } from './store-messages.ts';
import type { StoreService } from './store-service.ts';

/** Opens the log at `path` as its thread serves it. */
export function openLogService(path: string): StoreService<LogRequest, LogAnswer> {
  const store = openSqliteStore(path);
  const { id, head, trimmed, epoch } = store;
  return {
    opened: { kind: 'opened', id, head, trimmed, epoch },
    answer: (request) => {
      switch (request.kind) {
        case 'append': {
          const records = unpackRecords(request.records);
          return { kind: 'appended', head: store.append(request.expectedHead, records) };
        }
        case 'read': {
          const { records } = store.read(request.after, request.upto);
          return { kind: 'slice', records: packRecords(records) };
        }
        case 'trim':
          return { kind: 'trimmed', trimmed: store.trim(request.upto) };
      }
    },
    close: () => store.close(),
  };
}
