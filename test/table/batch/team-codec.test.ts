import { expect, test } from 'vitest';
import { namedCodecs, noTeamCodecs, teamCodecsOf } from '../../../src/table/batch/team-codec.ts';
import { refusalOf } from '../../support/schema-errors.ts';
import { heights, polyline } from './support/polyline.ts';

test('codecs are found by their names', () => {
  const codecs = teamCodecsOf([polyline, heights]);
  expect(codecs.get('acme.polyline')).toBe(polyline);
  expect([...namedCodecs(codecs, ['acme.heights', 'acme.other']).keys()]).toEqual(['acme.heights']);
  expect(namedCodecs(codecs, [])).toBe(noTeamCodecs);
  expect(teamCodecsOf(undefined).size).toBe(0);
});

test.each([
  ['a name that cannot be', [polyline, { ...polyline, name: 'a b' }]],
  ['one name of two', [polyline, { ...heights, name: polyline.name }]],
])('%s is refused', (_what, codecs) => {
  expect(refusalOf(() => teamCodecsOf(codecs))).toEqual({
    reason: 'BAD_TEAM_CODEC',
    fields: ['teamCodecs[1].name'],
  });
});
