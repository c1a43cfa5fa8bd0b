import { expect, test } from 'vitest';
import { chosenForm, nameOf } from '../../src/session/chosen-form.ts';
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

test('[P22] columns come in the codecs of a team that both have, and others in none', () => {
  const wished: Subscription = { ...wish, encodings: ['columns'], teamCodecs: ['c', 'a', 'x'] };
  const offered = { compressions, teamCodecs: ['a', 'b', 'c'] };
  const form = chosenForm(wished, offered);
  expect(form.teamCodecs).toEqual(['a', 'c']);
  const others: Subscription[] = [
    { ...wished, encodings: ['packed'] },
    { ...wished, teamCodecs: [] },
    { ...wished, teamCodecs: undefined },
    { ...wished, teamCodecs: ['x'] },
  ];
  for (const other of others) expect(chosenForm(other, offered)).not.toHaveProperty('teamCodecs');
  expect(chosenForm(wished, { compressions })).not.toHaveProperty('teamCodecs');
});

test('a form has a name of its own, with the codecs of the team in any order', () => {
  const named = (...teamCodecs: string[]) =>
    nameOf(
      chosenForm({ ...wish, encodings: ['columns'], teamCodecs }, { compressions, teamCodecs }),
    );
  expect(named('a', 'b')).toBe(named('b', 'a'));
  expect(new Set([named(), named('a'), named('b'), named('a', 'b')]).size).toBe(4);
});
