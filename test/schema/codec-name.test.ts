import { expect, test } from 'vitest';
import { badCodecName } from '../../src/schema/codec-name.ts';

test.each(['a', 'acme.polyline', 'A-1_b', 'x'.repeat(64)])('a codec may be called %s', (name) => {
  expect(badCodecName(name)).toBeUndefined();
});

test.each(['', 'x'.repeat(65), 'a b', 'a/b', 'é', 'a\n'])('but not %j', (name) => {
  expect(badCodecName(name)).toBe('must be 1 to 64 letters, digits, dots, hyphens and underscores');
});
