import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Welcome as WelcomeMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import { welcomeFromWire, welcomeToWire } from '../../src/wire/welcome.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { welcomes } from './support/messages.ts';

test('any welcome comes out as it went in', () => {
  fc.assert(
    fc.property(welcomes, (welcome) => {
      const bytes = WelcomeMessage.encode(welcomeToWire(welcome)).finish();
      expect(welcomeFromWire(WelcomeMessage.decode(bytes), 'welcome')).toEqual(welcome);
    }),
  );
});

test.each([
  ['schema', 'MISSING_FIELD', { schema: undefined }],
  ['encoding', 'UNKNOWN_ENUM_VALUE', { encoding: 0 }],
  ['encoding', 'UNKNOWN_ENUM_VALUE', { encoding: 99 }],
  ['compression', 'UNKNOWN_ENUM_VALUE', { compression: 3 }],
  ['head_seq', 'NUMBER_TOO_LARGE', { headSeq: 2n ** 53n }],
  ['settled_counter', 'NUMBER_TOO_LARGE', { settledCounter: 2n ** 53n }],
])('a welcome with a bad %s is refused: %s', (field, reason, replaced) => {
  const good = WelcomeMessage.create({ encoding: 1, schema: { version: 1 } });
  const message = { ...good, ...replaced } as WelcomeMessage;
  expect(refusalOf(() => welcomeFromWire(message, 'welcome'))).toEqual({
    reason,
    fields: [`welcome.${field}`],
  });
});
