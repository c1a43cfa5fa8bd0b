import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Subscription as SubscriptionMessage } from '../../gen/ts/syncdb/v1/sync.ts';
import {
  unreadableDetailLengthMax,
  unreadableReasonLengthMax,
} from '../../src/session/rows-fallback.ts';
import { subscriptionFromWire, subscriptionToWire } from '../../src/wire/subscription.ts';
import { refusalOf } from '../support/schema-errors.ts';
import { subscriptions } from './support/messages.ts';

/** Enum numbers as another version may send them. */
function offering(encodings: number[], compressions: number[] = []): SubscriptionMessage {
  const base = SubscriptionMessage.create();
  return { ...base, encodings: encodings as never, compressions: compressions as never };
}

test('any subscription comes out as it went in', () => {
  fc.assert(
    fc.property(subscriptions, (subscription) => {
      const bytes = SubscriptionMessage.encode(subscriptionToWire(subscription)).finish();
      const read = subscriptionFromWire(SubscriptionMessage.decode(bytes), 'subscription');
      expect(read).toEqual(subscription);
    }),
  );
});

test('the cursor is a copy', () => {
  const message = { ...SubscriptionMessage.create(), cursor: Uint8Array.of(7) };
  const { cursor } = subscriptionFromWire(message, 'subscription');
  message.cursor.fill(0);
  expect([...cursor]).toEqual([7]);
});

test.each([0, 1])('what could not be read is cut where it is %i too long', (over) => {
  const [reason, detail] = [
    'R'.repeat(unreadableReasonLengthMax + over),
    'd'.repeat(unreadableDetailLengthMax + over),
  ];
  const message = { ...SubscriptionMessage.create(), unreadable: { reason, detail } };
  const { unreadable } = subscriptionFromWire(message, 'subscription');
  expect(unreadable?.reason).toHaveLength(unreadableReasonLengthMax);
  expect(unreadable?.detail).toHaveLength(unreadableDetailLengthMax);
  expect(unreadable?.detail === detail).toBe(over === 0);
});

describe('what a client offers', () => {
  test('is empty where it says nothing', () => {
    const { encodings, compressions } = subscriptionFromWire(offering([]), 'subscription');
    expect({ encodings, compressions }).toEqual({ encodings: [], compressions: [] });
  });

  test('is rows where it leaves the choice to the server', () => {
    expect(subscriptionFromWire(offering([0]), 's').encodings).toEqual(['rows']);
  });

  test('may hold forms that only newer versions have', () => {
    const { encodings, compressions } = subscriptionFromWire(offering([9, 2, 1], [9, 2]), 's');
    expect({ encodings, compressions }).toEqual({
      encodings: ['packed', 'rows'],
      compressions: ['deflate'],
    });
    expect(subscriptionFromWire(offering([1], [9]), 's').compressions).toEqual([]);
  });

  test('is refused where no encoding of it is known', () => {
    expect(refusalOf(() => subscriptionFromWire(offering([9, 10]), 'subscription'))).toEqual({
      reason: 'UNKNOWN_ENUM_VALUE',
      fields: ['subscription.encodings'],
    });
  });

  test('means all that may be read, from the start, where it is left out', () => {
    expect(subscriptionFromWire(undefined, 'hello.subscription')).toEqual({
      scopes: [],
      tables: [],
      cursor: new Uint8Array(0),
      shownCursor: new Uint8Array(0),
      isShownLost: false,
      encodings: [],
      compressions: [],
    });
  });
});
