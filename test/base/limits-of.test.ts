import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { limitsOf, limitText, limitVariables } from '../../src/base/limits-of.ts';

test('without variables, and with empty ones, the limits are the defaults', () => {
  expect(limitsOf({})).toEqual(defaultLimits);
  const empty = Object.fromEntries(limitVariables.map(({ variable }) => [variable, ' ']));
  expect(limitsOf(empty)).toEqual(defaultLimits);
});

test('each limit of a server has a variable, by its name', () => {
  const limits = new Set<string>(limitVariables.map(({ limit }) => limit));
  const others = Object.keys(defaultLimits).filter((name) => !limits.has(name));
  expect(others.sort()).toEqual([
    ...[
      'coalescedMsMax',
      'journalBytesMin',
      'keptBytesMax',
      'keptTransactionsMax',
      'memoryBytesMax',
    ],
    ...['queueBytesMax', 'queueTransactionsMax', 'storageBacklogBytesMax'],
  ]);
  expect(limitVariables.find(({ limit }) => limit === 'messageBytesMax')).toEqual({
    ...{ limit: 'messageBytesMax', variable: 'SYNCDB_MESSAGE_BYTES_MAX', default: '8MiB' },
  });
});

test.each(limitVariables)('$variable is heard, and its default is what it says', (each) => {
  expect(limitsOf({ [each.variable]: each.default })).toEqual(defaultLimits);
  const set = defaultLimits[each.limit] + 1;
  const needed = { SYNCDB_MESSAGE_BYTES_MAX: '64MiB' };
  const limits = limitsOf({ ...needed, [each.variable]: String(set) });
  expect(limits[each.limit]).toBe(set);
});

describe('a value', () => {
  test.each([
    ['SYNCDB_MESSAGE_BYTES_MAX', '16MiB', 16 << 20],
    ['SYNCDB_MESSAGE_BYTES_MAX', '16 mib', 16 << 20],
    ['SYNCDB_MESSAGE_BYTES_MAX', '9000000', 9_000_000],
    ['SYNCDB_MESSAGE_BYTES_MAX', '1GiB', 1 << 30],
    ['SYNCDB_REQUEST_MS_MAX', '90s', 90_000],
    ['SYNCDB_REQUEST_MS_MAX', '250', 250],
    ['SYNCDB_CONNECTION_AGE_MS_MAX', '2h', 7_200_000],
    ['SYNCDB_CONNECTIONS_MAX', '1', 1],
    ['SYNCDB_METADATA_BYTES_MAX', '1KiB', 1 << 10],
    ['SYNCDB_METADATA_BYTES_MAX', '1MiB', 1 << 20],
  ])('%s=%s is %i', (variable, text, value) => {
    const { limit } = limitVariables.find((each) => each.variable === variable)!;
    expect(limitsOf({ [variable]: text })[limit]).toBe(value);
  });

  test.each([
    ['SYNCDB_CONNECTIONS_MAX', '0', '0 is not between 1 and 9007199254740991'],
    ['SYNCDB_CONNECTIONS_MAX', '-1', '"-1" is not a whole number'],
    ['SYNCDB_CONNECTIONS_MAX', '1.5', '"1.5" is not a whole number'],
    ['SYNCDB_CONNECTIONS_MAX', '5MiB', '"5MiB" is not a whole number'],
    ['SYNCDB_CONNECTIONS_MAX', '99999999999999999999', 'is not between'],
    ['SYNCDB_MESSAGE_BYTES_MAX', '16MB', 'with GiB, MiB, KiB or no unit'],
    ['SYNCDB_MESSAGE_BYTES_MAX', '1025MiB', '1025MiB is not between 64KiB and 1GiB'],
    ['SYNCDB_METADATA_BYTES_MAX', '1023', '1023 is not between 1KiB and 1MiB'],
    ['SYNCDB_METADATA_BYTES_MAX', '1048577', 'is not between 1KiB and 1MiB'],
    ['SYNCDB_REQUEST_MS_MAX', '2147483648', 'is not between 1ms and 2147483647ms'],
    ['SYNCDB_REQUEST_MS_MAX', 'soon', 'with h, min, s, ms or no unit'],
    ['SYNCDB_REQUEST_MS_MAX', 'constructor', 'is not a whole number'],
  ])('%s=%s is BAD_LIMIT', (variable, text, problem) => {
    let error: unknown;
    try {
      limitsOf({ [variable]: text });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 3, reason: 'BAD_LIMIT', metadata: { variable } });
    expect((error as Error).message).toContain(`${variable}: `);
    expect((error as Error).message).toContain(problem);
  });
});

test('a database may keep no devices', () => {
  expect(limitsOf({ SYNCDB_DEVICES_MAX: '0' }).devicesMax).toBe(0);
});

describe('limits that do not fit each other are BAD_LIMIT:', () => {
  test('the home tells more transactions of a writer from others than a push has', () => {
    const most = defaultLimits.pushTransactionsMax;
    expect(() => limitsOf({ SYNCDB_WRITER_DIGESTS_MAX: `${most + 1}` })).not.toThrow();
    expect(() => limitsOf({ SYNCDB_WRITER_DIGESTS_MAX: `${most}` })).toThrow(
      /^SYNCDB_WRITER_DIGESTS_MAX: 1000 is not above SYNCDB_PUSH_TRANSACTIONS_MAX/,
    );
  });

  const message = (1 << 20) + (1 << 20) + (16 << 10);
  const small = { SYNCDB_PUSH_BYTES_MAX: '1MiB' };

  test('a message has just room for a delta with one more row', () => {
    expect(() => limitsOf({ ...small, SYNCDB_MESSAGE_BYTES_MAX: `${message}` })).not.toThrow();
    expect(() => limitsOf({ ...small, SYNCDB_MESSAGE_BYTES_MAX: `${message - 1}` })).toThrow(
      /^SYNCDB_MESSAGE_BYTES_MAX: .*SYNCDB_DELTA_BYTES_MAX and SYNCDB_ROW_BYTES_MAX/,
    );
  });

  test.each(['SYNCDB_PUSH_BYTES_MAX', 'SYNCDB_PART_BYTES_MAX', 'SYNCDB_TALK_BYTES_MAX'])(
    '%s above that of a message',
    (variable) => {
      expect(() => limitsOf({ [variable]: '9MiB' })).toThrow(variable);
    },
  );
});

test.each([
  ['messageBytesMax', 8 << 20, '8MiB'],
  ['messageBytesMax', (8 << 20) + 1, '8388609'],
  ['requestMsMax', 300_000, '5min'],
  ['keepaliveMs', 90_000, '90s'],
  ['connectionsMax', 10_000, '10000'],
] as const)('%s of %i is written %s', (limit, value, text) => {
  expect(limitText(limit, value)).toBe(text);
});
