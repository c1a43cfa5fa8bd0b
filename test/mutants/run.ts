/**
 * `node test/mutants/run.ts`: sows each bug in a copy of the sources and runs seeds there until the simulator catches it.
 * Prints how many seeds that took. The last line is for programs.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutant, mutants } from './mutants.ts';
import { createSandbox, removeSandbox, sow } from './sandbox.ts';

const { values } = parseArgs({
  options: {
    /** Only those whose name has this, or one of these, in it. */
    name: { type: 'string', multiple: true, default: [''] },
    /** Seeds after which a mutant has survived. */
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '1000' },
    /** Mutants at a time. */
    jobs: { type: 'string', default: String(availableParallelism()) },
    /** The folder of a mutant stays, so that its run can be looked at. */
    keep: { type: 'boolean', default: false },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);
const chosen = mutants.filter(({ name }) => values.name.some((part) => name.includes(part)));
const waiting = [...chosen];
let killed = 0;

await Promise.all(Array.from({ length: Number(values.jobs) }, runNext));
say(`sim.mutants_killed ${killed}/${chosen.length}`);
if (killed < chosen.length) process.exitCode = 1;

async function runNext(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await verdictOn(mutant);
    if (verdict.killed) killed++;
    say(`${verdict.killed ? 'killed  ' : 'SURVIVED'} ${mutant.name}: ${verdict.text}`);
  }
}

async function verdictOn(mutant: Mutant): Promise<{ killed: boolean; text: string }> {
  const folder = createSandbox();
  try {
    sow(mutant, folder);
    const output = await simulated(folder, '1', values.seeds);
    const violations = /^sim\.steps .*sim\.violations (\d+)/m.exec(output)?.[1];
    if (violations === undefined) throw new Error(`${mutant.name}: no run\n${output}`);
    if (values.keep) say(`  ${folder}`);
    const [, regression, found] = /^regression (\S+): (.*)$/m.exec(output) ?? [];
    if (regression !== undefined) return { killed: true, text: `${regression}; ${told(found)}` };
    const [, seed, message] = /^seed (\d+): (.*)$/m.exec(output) ?? [];
    if (seed === undefined) return { killed: false, text: `${values.seeds} seeds` };
    await checkSound(seed);
    return { killed: true, text: `${seed} seeds; ${told(message)}` };
  } finally {
    if (!values.keep) removeSandbox(folder);
  }
}

function told(message = ''): string {
  return message.slice(0, 160);
}

/** Without the bug the same seed breaks nothing: else it was not the bug that was caught. */
async function checkSound(seed: string): Promise<void> {
  const output = await simulated(process.cwd(), seed, '1');
  if (!/^sim\.steps .*sim\.violations 0 /m.test(output)) {
    throw new Error(`seed ${seed} fails without a mutant\n${output}`);
  }
}

function simulated(folder: string, from: string, seeds: string): Promise<string> {
  const script = join(folder, 'test/sim/run.ts');
  const limits = ['--seed', from, '--seeds', seeds, '--steps', values.steps, '--jobs', '1'];
  const args = [script, ...limits, '--until-violation', '--no-keep'];
  return new Promise((resolve) => {
    // Its exit code says the same as its last line.
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
