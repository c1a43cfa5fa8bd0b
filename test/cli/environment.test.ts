import { expect, test } from 'vitest';
import { limitVariables } from '../../src/base/limits-of.ts';
import { flagOf, limitsHelp } from '../../src/cli/environment.ts';

test.each([
  [undefined, false],
  ['', false],
  ['0', false],
  ['false', false],
  ['False', false],
  ['1', true],
  ['true', true],
  [' TRUE ', true],
])('a switch that is %j is %s', (text, isOn) => {
  expect(flagOf({ SWITCH: text }, 'SWITCH')).toBe(isOn);
});

test.each(['yes', 'on', '2', 'no'])('a switch that is %j is BAD_SWITCH', (text) => {
  expect(() => flagOf({ SWITCH: text }, 'SWITCH')).toThrow(/^SWITCH: ".*" is not true or false/);
});

test('the help has each variable, with what it is without', () => {
  const lines = limitsHelp().split('\n');
  expect(lines.length).toBe(limitVariables.length);
  expect(lines.map((line) => line.trim().split(/\s+/))).toContainEqual([
    'SYNCDB_KEEPALIVE_MS',
    '90s',
  ]);
});
