import { expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import type { Logger } from '../../src/base/logger.ts';
import { ClientEvents } from '../../src/client/client-events.ts';
import { logClient } from '../../src/client/client-log.ts';
import { transactionOf } from '../session/support/messages.ts';

function logged() {
  const lines: [string, string, object][] = [];
  const to = (level: string) => (fields: object, message: string) =>
    void lines.push([level, message, JSON.parse(JSON.stringify(fields))]);
  const logger: Logger = {
    debug: to('debug'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
  };
  const events = new ClientEvents({
    status: { state: 'offline', error: undefined, attempts: 0 },
    storage: { state: 'working' },
    replicaId: 'ann',
    pendingStatistics: { count: 0, bytes: 0, oldestAtMs: undefined, tries: 0 },
    parked: [],
    quarantined: [],
  });
  logClient(events, logger);
  return { events, lines, logger };
}

const error = new SyncError(Code.unavailable, 'NOT_ANSWERED', 'nothing came');
const told = { code: Code.unavailable, reason: 'NOT_ANSWERED', message: 'nothing came' };

test('says how the link does, by what it means for people', () => {
  const { events, lines } = logged();
  events.tell('status', { state: 'connecting', error, attempts: 1 });
  events.tell('status', { state: 'offline', error, attempts: 5 });
  events.tell('status', { state: 'syncing', progress: undefined });
  const progress = { rowsDone: 1, rowsLeft: 2, bytesDone: 3, bytesLeft: 4 };
  events.tell('status', { state: 'syncing', progress });
  events.tell('status', { state: 'live', error: undefined });
  events.tell('status', { state: 'offline', error: undefined, attempts: 0 });
  events.tell('status', { state: 'blocked', error });
  expect(lines).toEqual([
    ['debug', 'connecting', { replicaId: 'ann', error: told }],
    ['warn', 'offline', { replicaId: 'ann', error: told }],
    ['info', 'syncing', { replicaId: 'ann' }],
    ['info', 'live', { replicaId: 'ann' }],
    ['info', 'offline', { replicaId: 'ann' }],
    ['error', 'blocked', { replicaId: 'ann', error: told }],
  ]);
});

test.each([Code.dataLoss, Code.internal])(
  'warns of what came and could not be used, though it is tried again: %i',
  (code) => {
    const { events, lines } = logged();
    const bad = new SyncError(code, 'MALFORMED_BYTES', 'damaged');
    events.tell('status', { state: 'connecting', error: bad, attempts: 0 });
    expect(lines.map(([level]) => level)).toEqual(['warn']);
  },
);

test('says what a person should know of: storage, another id, what was refused, what is quarantined', () => {
  const { events, lines } = logged();
  events.tell('storage', { state: 'full', error });
  events.tell('storage', { state: 'working' });
  events.tell('replicaId', 'ann.f1');
  const parked = (counter: number) => ({
    transaction: transactionOf('ann.f1', counter),
    outcome: {
      ...({ replica: 'ann.f1', counter, status: 'refused', conflicts: 0 } as const),
      refusal: {
        ...{ reason: 'ROW_INVALID', message: 'secret', changeIndex: 0 },
        ...{ currentEtag: '', violations: [] },
      },
    },
  });
  events.tell('parked', [parked(1)]);
  events.tell('parked', [parked(1), parked(2)]);
  events.tell('parked', []);
  events.tell('quarantined', []);
  const refused = (counter: number) => [
    ...['warn', 'a transaction was refused'],
    { replicaId: 'ann.f1', counter, reason: 'ROW_INVALID' },
  ];
  expect(lines).toEqual([
    ['error', 'storage full', { replicaId: 'ann', error: told }],
    ['info', 'storage working', { replicaId: 'ann' }],
    ['warn', 'goes on under another id', { replicaId: 'ann.f1', before: 'ann' }],
    refused(1),
    refused(2),
    ['warn', 'rows of a lost history are quarantined', { replicaId: 'ann.f1', rows: 0 }],
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
