import { expect, test } from 'vitest';
import { startProgram } from '../support/program.ts';

const call = "import { endAnyway } from './src/cli/end-anyway.ts'; endAnyway(300);";
const run = (program: string) =>
  startProgram([process.execPath, '--input-type=module', '--eval', `${call} ${program}`]).ended;

test('a process that nothing keeps ends by itself', async () => {
  expect(await run('process.exitCode = 3;')).toMatchObject({ code: 3, stderr: '' });
});

test('a process that something keeps ends all the same, and says so', async () => {
  const { code, stderr } = await run('setInterval(() => {}, 1_000);');
  expect(code).not.toBe(0);
  expect(stderr).toBe('ended without closing its files: a disk does not answer\n');
});
