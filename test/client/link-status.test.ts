import { describe, expect, test } from 'vitest';
import { Code, SyncError } from '../../src/base/errors.ts';
import { LinkStatus } from '../../src/client/link-status.ts';
import type { Status } from '../../src/client/status.ts';

const error = new SyncError(Code.unavailable, 'GONE', 'gone');
const progress = { rowsDone: 1, rowsLeft: 2, bytesDone: 3, bytesLeft: 4 };

type Event =
  | 'connect'
  | 'restart'
  | 'welcome'
  | 'progress'
  | 'live'
  | 'reads'
  | 'failed'
  | 'hopeless'
  | 'disconnect';
type State = Status['state'];

function linkStatus(attemptsMax: number) {
  const told: Status[] = [];
  const link = new LinkStatus(attemptsMax, (status) => told.push(status));
  const events: Readonly<Record<Event, () => void>> = {
    connect: () => link.connect(),
    restart: () => link.restart(),
    welcome: () => link.welcome(),
    progress: () => link.progress(progress),
    live: () => link.live(undefined),
    reads: () => link.live(error),
    failed: () => link.failed(error, true),
    hopeless: () => link.failed(error, false),
    disconnect: () => link.disconnect(),
  };
  const reach = (...list: Event[]) => {
    for (const event of list) events[event]();
    return link.status;
  };
  return { link, told, reach };
}

/** How each state is reached. */
const ways: Readonly<Record<State, readonly Event[]>> = {
  offline: [],
  connecting: ['connect'],
  syncing: ['connect', 'welcome'],
  live: ['connect', 'welcome', 'live'],
  blocked: ['connect', 'hopeless'],
};

/** The state reach each event in each state; the compiler checks that none is left out. */
const table: Readonly<Record<State, Readonly<Record<Event, State>>>> = {
  offline: to('connecting', 'offline'),
  connecting: to('connecting', 'connecting'),
  syncing: to('syncing', 'connecting'),
  live: to('live', 'connecting'),
  blocked: to('connecting', 'blocked'),
};

function to(connect: State, restart: State): Readonly<Record<Event, State>> {
  return {
    ...{ connect, restart, welcome: 'syncing', progress: 'syncing', live: 'live', reads: 'live' },
    ...{ failed: 'connecting', hopeless: 'blocked', disconnect: 'offline' },
  };
}

describe.each(Object.keys(table) as State[])('%s', (state) => {
  test.each(Object.entries(table[state]) as [Event, State][])('%s leads to %s', (event, next) => {
    const { reach } = linkStatus(5);
    expect(reach(...ways[state]).state).toBe(state);
    expect(reach(event).state).toBe(next);
  });
});

test('a row of failures ends in offline, and only a checkpoint or somebody who asks ends the row', () => {
  const { reach } = linkStatus(2);
  expect(reach('connect', 'failed')).toEqual({ state: 'connecting', error, attempts: 1 });
  expect(reach('welcome', 'failed')).toEqual({ state: 'offline', error, attempts: 2 });
  expect(reach('failed')).toEqual({ state: 'offline', error, attempts: 3 });
  expect(reach('connect')).toEqual({ state: 'connecting', error: undefined, attempts: 0 });
  expect(reach('failed', 'welcome', 'live', 'failed')).toMatchObject({ attempts: 1 });
});

test('nothing is told that was told already', () => {
  const { reach, told } = linkStatus(3);
  reach(
    'disconnect',
    'connect',
    'connect',
    'welcome',
    'live',
    'live',
    'reads',
    'reads',
    'live',
    'connect',
  );
  expect(told.map(({ state }) => state)).toEqual(['connecting', 'syncing', 'live', 'live', 'live']);
  reach('failed', 'connect', 'disconnect', 'disconnect');
  expect(told.slice(5)).toEqual([
    { state: 'connecting', error, attempts: 1 },
    { state: 'connecting', error: undefined, attempts: 0 },
    { state: 'offline', error: undefined, attempts: 0 },
  ]);
});

test('a conversation that is begun anew because of an error says so, and counts no attempt', () => {
  const { link, reach } = linkStatus(5);
  reach('connect', 'failed', 'welcome');
  link.restart(error);
  expect(link.status).toEqual({ state: 'connecting', error, attempts: 1 });
});
