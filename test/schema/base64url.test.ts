import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../src/schema/base64url.ts';

test('[P13] writes what Node writes, and reads it again', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(decodeBase64Url(text)).toEqual(new Uint8Array(bytes));
    }),
  );
});

test('[P13] no bytes have two texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZ_-+/='), maxLength: 6 }), (text) => {
      const bytes = decodeBase64Url(text);
      if (bytes !== undefined) expect(encodeBase64Url(bytes)).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test.each(['A', 'AAAAA', 'AB', 'AA==', 'A+', 'A/', 'é', 'A\u{10000}'])('refuses %j', (text) => {
  expect(decodeBase64Url(text)).toBeUndefined();
});
