import { expect, test } from 'vitest';
import { Listeners } from '../../src/server/listeners.ts';

test('all are told, also behind one that throws, which is told apart', () => {
  const errors: unknown[] = [];
  const heard: string[] = [];
  const listeners = new Listeners<[string, number]>((error) => errors.push(error));
  const mistake = new Error('a mistake');
  listeners.add((text, count) => heard.push(`first ${text} ${count}`));
  listeners.add(() => {
    throw mistake;
  });
  const stop = listeners.add((text) => heard.push(`last ${text}`));
  listeners.tell('a', 1);
  stop();
  listeners.tell('b', 2);
  expect(heard).toEqual(['first a 1', 'last a', 'first b 2']);
  expect(errors).toEqual([mistake, mistake]);
});
