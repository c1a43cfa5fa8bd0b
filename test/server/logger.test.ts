import { afterEach, expect, test } from 'vitest';
import { createLogger, type LogLevel, silent } from '../../src/server/logger.ts';
import { refusalOf } from '../support/schema-errors.ts';

const before = process.env.SYNCDB_LOG_LEVEL;
afterEach(() => {
  if (before === undefined) delete process.env.SYNCDB_LOG_LEVEL;
  else process.env.SYNCDB_LOG_LEVEL = before;
});

/** What a logger says, line by line. */
function said(level: LogLevel | undefined, variable = ''): Record<string, unknown>[] {
  process.env.SYNCDB_LOG_LEVEL = variable;
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line) => void lines.push(line) });
  logger.info({ database: 'main' }, 'it goes');
  logger.warn({ count: 2 }, 'it limps');
  logger.error({ err: new TypeError('oops') }, 'it falls');
  return lines.map((line) => JSON.parse(line));
}
const levelsOf = (lines: Record<string, unknown>[]) => lines.map(({ level }) => level);

test('each line is JSON: when, how bad, the facts, the sentence', () => {
  const [first, , last] = said('info');
  expect(first).toEqual({
    ...{ level: 'info', time: expect.any(String), database: 'main', msg: 'it goes' },
  });
  expect(Math.abs(Date.parse(first!.time as string) - Date.now())).toBeLessThan(60_000);
  expect(last).toMatchObject({ err: { type: 'TypeError', message: 'oops' } });
});

test('as much is said as was asked for, all but debugging unless told otherwise', () => {
  expect(levelsOf(said(undefined))).toEqual(['info', 'warn', 'error']);
  expect(levelsOf(said('warn'))).toEqual(['warn', 'error']);
  expect(levelsOf(said('silent'))).toEqual([]);
});

test('the environment decides where it says something', () => {
  expect(levelsOf(said('info', 'error'))).toEqual(['error']);
  expect(levelsOf(said('silent', 'info'))).toEqual(['info', 'warn', 'error']);
  expect(refusalOf(() => said('info', 'loud'))).toEqual({
    ...{ reason: 'BAD_LOG_LEVEL', fields: ['SYNCDB_LOG_LEVEL'] },
  });
});

test('one can be told to say nothing', () => {
  silent.debug({}, '');
  silent.info({}, '');
  silent.warn({}, '');
  silent.error({}, '');
});
