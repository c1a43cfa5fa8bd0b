import { expect, test } from 'vitest';
import { SessionLines } from '../../src/server/session-lines.ts';

test('what could not be read is said as a warning, bounded too', () => {
  const lines: [string, object][] = [];
  const warn = (facts: object, sentence: string) => lines.push([sentence, facts]);
  const none = () => {};
  const sessions = new SessionLines({ debug: none, info: none, warn, error: none });
  for (let session = 0; session < 102; session++) sessions.unreadable({ session });
  sessions.close();
  expect(lines).toHaveLength(101);
  const said = 'a client could not read what it was sent, and asks for it as rows';
  expect(lines[0]).toEqual([said, { session: 0 }]);
  expect(lines[100]).toEqual(['more clients could not read what they were sent', { count: 2 }]);
});

test('beginnings and ends are bounded each by themselves, and what was left out is counted', () => {
  const lines: [string, object][] = [];
  const never = () => {
    throw new Error('not that loud');
  };
  const info = (facts: object, sentence: string) => lines.push([sentence, facts]);
  const logger = { debug: never, info, warn: never, error: never };
  const sessions = new SessionLines(logger);
  let asked = 0;
  for (let session = 0; session < 105; session++) sessions.began({ session });
  for (let session = 0; session < 103; session++) {
    sessions.ended(() => {
      asked++;
      return { session };
    });
  }
  sessions.close();
  expect(lines).toHaveLength(202);
  expect(lines[0]).toEqual(['session began', { session: 0 }]);
  expect(lines[199]).toEqual(['session ended', { session: 99 }]);
  expect(asked).toBe(100);
  expect(lines.slice(200)).toEqual([
    ['more sessions began', { count: 5 }],
    ['more sessions ended', { count: 3 }],
  ]);
});
