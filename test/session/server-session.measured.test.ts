/** What a session holds while nothing happens: a server has thousands. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ServerSession } from '../../src/session/server-session.ts';
import { identity, TestHome } from './support/hosts.ts';
import { helloOf } from './support/messages.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function takenBytes(): number {
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('an idle session holds few kilobytes', () => {
  const home = new TestHome();
  const sessions: ServerSession[] = [];
  const begin = (count: number) => {
    for (let index = 0; index < count; index++) {
      const sessionId = `s${sessions.length}`;
      const session = new ServerSession({
        ...{ source: home.source, identity: identity(), sessionId, compressions: [] },
      });
      session.receive(helloOf(`p${sessions.length}`), home.nowMs);
      while (session.next(home.nowMs) !== undefined);
      sessions.push(session);
    }
  };
  begin(200);
  const before = takenBytes();
  begin(1_000);
  const each = (takenBytes() - before) / 1_000;
  expect(sessions.every(({ state }) => state === 'live')).toBe(true);
  expect(each).toBeLessThan(6_700);
});
