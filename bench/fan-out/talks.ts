import { SyncResponse } from '../../gen/ts/syncdb/v1/sync.ts';
import { ackOf, helloOf } from '../sync/messages.ts';
import type { Kind } from './edges.ts';
import { plainUpdateOf, pushOf, siteId, writerId } from './updates.ts';

/** What a message of the server means to a subscriber. */
interface Heard {
  /** It has all that there is, for the first time or once more. */
  readonly isUpdate: boolean;
  readonly answer?: Uint8Array;
}

/** How subscribers and the writer of one kind speak with their server. */
export interface Talk {
  readonly subscribePath: string;
  subscribe(name: string): Uint8Array;
  /** What hears the messages of one subscriber. */
  listener(): (message: Uint8Array) => Heard;
  readonly writePath: string;
  /** What the writer says first, and is answered. */
  readonly greeting: Uint8Array;
  /** Update `number`, counted from 1, which is answered when it is taken. */
  write(number: number): Uint8Array;
  /** Throws where this is no answer to what was written; false where it is nothing to wait for. */
  isAnswer(message: Uint8Array): boolean;
}

const syncPath = '/syncdb.v1.SyncService/Sync';

/** As the SDK does it: each delta that brought rows is acknowledged. */
function syncListener(): (bytes: Uint8Array) => Heard {
  let last = new Uint8Array(0);
  return (bytes) => {
    const { body } = SyncResponse.decode(bytes);
    if (body?.$case !== 'delta') return { isUpdate: false };
    const { packed, columns, cursor, cursorKept, checkpoint } = body.value;
    last = Buffer.concat([last.subarray(0, cursorKept), cursor]);
    const hasRows = packed.length + columns.length > 0;
    return { isUpdate: checkpoint !== undefined, ...(hasRows && { answer: ackOf(last) }) };
  };
}

const syncTalk: Talk = {
  subscribePath: syncPath,
  subscribe: (name) => helloOf(name, `site/${siteId}`),
  listener: syncListener,
  writePath: syncPath,
  // It wants nothing back but outcomes: no site is of this name.
  greeting: helloOf(writerId, 'site/none'),
  write: pushOf,
  isAnswer: (bytes) => {
    const { body } = SyncResponse.decode(bytes);
    if (body?.$case !== 'pushResult') return body?.$case === 'welcome';
    const [outcome] = body.value.outcomes;
    if (outcome?.status !== 1) throw new Error(`an update was not committed: ${outcome?.status}`);
    return true;
  },
};

const bareTalk: Talk = {
  subscribePath: '/bench.Bare/Subscribe',
  subscribe: () => new Uint8Array(0),
  listener: () => () => ({ isUpdate: true }),
  writePath: '/bench.Bare/Publish',
  greeting: new Uint8Array(0),
  write: plainUpdateOf,
  isAnswer: () => true,
};

export const talks: Readonly<Record<Kind, Talk>> = { sync: syncTalk, bare: bareTalk };
