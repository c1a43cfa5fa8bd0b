import { expect, test } from 'vitest';
import type { SyncError } from '../../src/base/errors.ts';
import { checkWriter, type Pusher, pusherOf } from '../../src/session/pusher.ts';
import { identity } from './support/hosts.ts';
import { helloOf } from './support/messages.ts';

const handshake = { ...helloOf('ann.f1').handshake, former: ['ann', 'bob'] };

function faultOf(pusher: Pusher, writer: string): SyncError | undefined {
  try {
    checkWriter(pusher, writer, 'push.transactions[1]');
    return undefined;
  } catch (error) {
    return error as SyncError;
  }
}

test('a replica pushes under its id, and those that it had, as far as it may speak as them', () => {
  const pusher = pusherOf(handshake, identity({ replicas: ['ann*'] }), false);
  expect(pusher).toEqual({ replicas: ['ann.f1', 'ann'], relay: false });
  expect(['ann.f1', 'ann'].map((writer) => faultOf(pusher, writer))).toEqual([
    undefined,
    undefined,
  ]);
  for (const writer of ['bob', 'cleo']) {
    expect(faultOf(pusher, writer)).toMatchObject({
      code: 7,
      reason: 'FOREIGN_WRITER',
      fields: [{ field: 'push.transactions[1].replica_id' }],
    });
  }
});

test('a relay pushes for anybody', () => {
  const pusher = pusherOf(handshake, identity({ replicas: ['ann*'] }), true);
  expect(faultOf(pusher, 'cleo')).toBeUndefined();
});
