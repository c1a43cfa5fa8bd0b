import { expect, test } from 'vitest';
import { chosenForm } from '../../src/session/chosen-form.ts';
import type { Subscription } from '../../src/session/messages.ts';

const wish: Subscription = {
  ...{ scopes: [], tables: [], cursor: new Uint8Array(0), shownCursor: new Uint8Array(0) },
  ...{ encodings: [], compressions: [] },
};
const compressions = ['zstd', 'deflate'] as const;

test('who wishes nothing gets rows as they are', () => {
  const form = { encoding: 'rows', compression: 'none', level: 'balanced' };
  expect(chosenForm(wish, { compressions })).toEqual(form);
});

test('the first encoding is taken, and the first compression that both know', () => {
  const wished = { ...wish, encodings: ['columns', 'rows'], compressions: ['deflate', 'zstd'] };
  const form = { encoding: 'columns', compression: 'deflate', level: 'balanced' };
  expect(chosenForm(wished as Subscription, { compressions })).toEqual(form);
  const others = chosenForm(wished as Subscription, { compressions: ['zstd'] });
  expect(others.compression).toBe('zstd');
});

test('[P22] a level is a wish, up to what the server does', () => {
  const small = { ...wish, level: 'small' } as const;
  expect(chosenForm(small, { compressions }).level).toBe('balanced');
  expect(chosenForm(small, { compressions, levelMax: 'small' }).level).toBe('small');
  expect(chosenForm(small, { compressions, levelMax: 'fast' }).level).toBe('fast');
  expect(chosenForm({ ...wish, level: 'fast' }, { compressions, levelMax: 'small' }).level).toBe(
    'fast',
  );
});
