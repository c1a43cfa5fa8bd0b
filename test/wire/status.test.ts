import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadRequest, ErrorInfo, RetryInfo } from '../../gen/ts/google/rpc/error_details.ts';
import { Status } from '../../gen/ts/google/rpc/status.ts';
import { Code, invalidField, SyncError } from '../../src/base/errors.ts';
import { utf8Length } from '../../src/base/utf8.ts';
import { fromStatus, toStatus } from '../../src/wire/status.ts';
import { texts } from './support/messages.ts';

const codes = Object.values(Code);

function roundTrip(error: unknown): SyncError {
  const { code, details, detailsBin } = toStatus(error);
  return fromStatus(code, details, detailsBin);
}

/** What a peer can know of an error. */
function shown({ code, reason, message, fields, metadata, retryDelayMs }: SyncError) {
  return { code, reason, message, fields, metadata, retryDelayMs };
}

describe('an error', () => {
  test('comes out of its status as it went in', () => {
    const errors = fc
      .record({
        code: fc.constantFrom(...codes.filter((code) => code !== Code.internal)),
        reason: fc.stringMatching(/^[A-Z][A-Z0-9_]{1,20}$/),
        message: texts,
        fields: fc.array(fc.record({ field: texts, description: texts }), { maxLength: 4 }),
        metadata: fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{1,9}$/), texts, { maxKeys: 4 }),
        retryDelayMs: fc.option(fc.nat(3_600_000), { nil: undefined }),
      })
      .map(({ code, reason, message, retryDelayMs, ...details }) => {
        const delay = retryDelayMs === undefined ? {} : { retryDelayMs };
        return new SyncError(code, reason, message, { ...details, ...delay });
      });
    fc.assert(
      fc.property(errors, (error) => {
        expect(shown(roundTrip(error))).toEqual(shown(error));
      }),
      { numRuns: 200 },
    );
  });

  test('is a google.rpc.Status with the details that programs know', () => {
    const error = new SyncError(Code.unavailable, 'TRY_LATER', 'try later', {
      fields: [{ field: 'a.b', description: 'is bad' }],
      metadata: { head_seq: '7' },
      retryDelayMs: 1_500,
    });
    const { code, details, detailsBin } = toStatus(error);
    const status = Status.decode(detailsBin);
    expect({ code, details }).toEqual({ code: 14, details: 'try later' });
    expect(status).toMatchObject({ code: 14, message: 'try later' });
    expect(status.details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
      'type.googleapis.com/google.rpc.RetryInfo',
    ]);
    const [info, bad, retry] = status.details.map(({ value }) => value);
    expect(ErrorInfo.decode(info!)).toEqual({
      ...{ reason: 'TRY_LATER', domain: 'syncdb' },
      metadata: { head_seq: '7' },
    });
    expect(BadRequest.decode(bad!).fieldViolations).toMatchObject([
      { field: 'a.b', description: 'is bad' },
    ]);
    expect(RetryInfo.decode(retry!).retryDelay).toEqual({ seconds: 1n, nanos: 500_000_000 });
  });

  test('has only the details that it needs', () => {
    const { detailsBin } = toStatus(new SyncError(Code.notFound, 'GONE', 'gone'));
    expect(Status.decode(detailsBin).details).toHaveLength(1);
  });
});

describe('[I7] what the program did wrong is not told', () => {
  test.each([
    ['an error', new Error('row secret-key is odd')],
    ['a type error', new TypeError('secret-key')],
    ['a text', 'secret-key'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { code: 3, details: 'secret-key', message: 'secret-key' }],
  ])('of %s', (_what, thrown) => {
    const { code, details, detailsBin } = toStatus(thrown);
    expect({ code, details }).toEqual({ code: Code.internal, details: 'internal error' });
    expect(Buffer.from(detailsBin).toString('latin1')).not.toContain('secret');
    expect(roundTrip(thrown).reason).toBe('INTERNAL');
  });

  test('of a failed assertion, but for its reason', () => {
    const error = new SyncError(Code.internal, 'ASSERTION_FAILED', 'secret-key', {
      fields: [{ field: 'secret-key', description: 'secret-key' }],
      metadata: { row: 'secret-key' },
    });
    expect(shown(roundTrip(error))).toMatchObject({
      reason: 'ASSERTION_FAILED',
      message: 'internal error',
      ...{ fields: [], metadata: {} },
    });
  });

  test('of the cause of an error', () => {
    const error = new SyncError(Code.unavailable, 'LOG_FAILED', 'try again', {
      cause: new Error('secret-key'),
    });
    expect(Buffer.from(toStatus(error).detailsBin).toString('latin1')).not.toContain('secret');
  });
});

describe('a status fits into 8 KiB of trailers', () => {
  const long = '😀 and more '.repeat(5_000);

  function trailerBytes(error: SyncError): number {
    const { details, detailsBin } = toStatus(error);
    // grpc-js sends the message through encodeURI, which throws on what is not well formed.
    return encodeURI(details).length + Buffer.from(detailsBin).toString('base64').length;
  }

  test('however long its parts are', () => {
    const error = new SyncError(Code.invalidArgument, 'TOO_LONG', long, {
      fields: Array.from({ length: 500 }, () => ({ field: long, description: long })),
      metadata: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key_${i}`, long])),
      retryDelayMs: 5,
    });
    expect(trailerBytes(error)).toBeLessThan(6_500);
    const read = roundTrip(error);
    expect(read).toMatchObject({ reason: 'TOO_LONG', retryDelayMs: 5 });
    expect(read.fields.length).toBeGreaterThan(0);
    expect(Object.keys(read.metadata).length).toBeGreaterThan(0);
  });

  test('with texts that are cut between characters, and say so', () => {
    for (let shift = 0; shift < 4; shift++) {
      const { message } = roundTrip(new SyncError(1, 'A_B', 'x'.repeat(shift) + '😀'.repeat(300)));
      expect(message).toMatch(/^x*(😀)+…$/u);
      expect(utf8Length(message)).toBeLessThanOrEqual(512);
    }
    const whole = 'x'.repeat(512);
    expect(roundTrip(new SyncError(1, 'A_B', whole)).message).toBe(whole);
  });

  test('with texts that are well formed, whatever was in them', () => {
    const error = invalidField('a\ud800', 'BAD', 'lone \udc00 surrogates');
    expect(trailerBytes(error)).toBeLessThan(500);
    expect(roundTrip(error).message).toBe('a\ufffd: lone \ufffd surrogates');
  });

  test('with a delay that is a whole number, and none below 0', () => {
    const delayOf = (retryDelayMs: number) =>
      roundTrip(new SyncError(Code.unavailable, 'A_B', '', { retryDelayMs })).retryDelayMs;
    expect(delayOf(1.4)).toBe(1);
    expect(delayOf(-5)).toBe(0);
  });
});

describe('the status of somebody else', () => {
  test.each([
    [1, 'CANCELLED'],
    [2, 'UNKNOWN'],
    [3, 'INVALID_ARGUMENT'],
    [4, 'DEADLINE_EXCEEDED'],
    [8, 'RESOURCE_EXHAUSTED'],
    [13, 'INTERNAL'],
    [14, 'UNAVAILABLE'],
    [16, 'UNAUTHENTICATED'],
  ])('of code %d has the reason %s', (code, reason) => {
    expect(shown(fromStatus(code, 'no connection', undefined))).toEqual({
      ...{ code, reason, message: 'no connection', fields: [], metadata: {} },
      retryDelayMs: undefined,
    });
  });

  test.each([0, 17, -1, 99])('of code %d, which is none, is UNKNOWN', (code) => {
    expect(fromStatus(code, '', undefined)).toMatchObject({ code: 2, reason: 'UNKNOWN' });
  });

  test('has no reason of ours where its domain is another', () => {
    const info = { reason: 'STOCKOUT', domain: 'example.com', metadata: { a: 'b' } };
    expect(fromStatus(14, '', statusWith(['ErrorInfo', ErrorInfo.encode(info).finish()]))).toEqual(
      expect.objectContaining({ reason: 'UNAVAILABLE', metadata: {} }),
    );
  });

  test('is believed a delay of an hour at the most', () => {
    const forever = RetryInfo.encode({ retryDelay: { seconds: 1n << 40n, nanos: 0 } }).finish();
    expect(fromStatus(14, '', statusWith(['RetryInfo', forever])).retryDelayMs).toBe(3_600_000);
    const past = RetryInfo.encode({ retryDelay: { seconds: -5n, nanos: -1 } }).finish();
    expect(fromStatus(14, '', statusWith(['RetryInfo', past])).retryDelayMs).toBe(0);
    const none = RetryInfo.encode({}).finish();
    expect(fromStatus(14, '', statusWith(['RetryInfo', none])).retryDelayMs).toBeUndefined();
  });

  test('may have details that nobody can read', () => {
    const junk = Uint8Array.of(0xff, 0xff, 0xff);
    expect(fromStatus(5, 'gone', junk).reason).toBe('NOT_FOUND');
    const details = statusWith(['ErrorInfo', junk], ['BadRequest', junk], ['RetryInfo', junk]);
    expect(fromStatus(5, 'gone', details)).toMatchObject({ reason: 'NOT_FOUND', fields: [] });
    const unknown = statusWith(['DebugInfo', junk]);
    expect(fromStatus(5, 'gone', unknown).reason).toBe('NOT_FOUND');
  });

  test('is read without harm, whatever its details are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(fromStatus(9, 'm', bytes)).toMatchObject({ code: 9, message: 'm' });
      }),
      { numRuns: 300 },
    );
  });
});

function statusWith(...details: [string, Uint8Array][]): Uint8Array {
  return Status.encode({
    code: 14,
    message: '',
    details: details.map(([name, value]) => {
      return { typeUrl: `type.googleapis.com/google.rpc.${name}`, value };
    }),
  }).finish();
}
