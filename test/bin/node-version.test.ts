import { expect, test } from 'vitest';
import { nodeVersionProblem } from '../../bin/node-version.js';

test.each(['24.0.0', '24.21.0', '26.1.0'])('Node %s will do', (version) => {
  expect(nodeVersionProblem(version)).toBeUndefined();
});

test.each(['8.17.0', '20.20.2', '23.9.0'])('Node %s is told in one line what to do', (version) => {
  const line = nodeVersionProblem(version);
  expect(line).toContain(`this is Node ${version}`);
  expect(line).toContain('install');
  expect(line).not.toContain('\n');
});
