/** The Java client: plain grpc-java stubs, built with Maven. */
import { join } from 'node:path';
import { root } from '../../scripts/run.ts';
import { exec, outputOf } from './exec.ts';
import { buildFolder } from './server-process.ts';
import type { Tally } from './tally.ts';

const javaMin = 17;

/** Builds the client. Returns the way to check a server with it, or undefined where that cannot be. */
export async function buildJavaClient(
  tally: Tally,
): Promise<((address: string) => Promise<void>) | undefined> {
  const missing = await missingTool();
  if (missing !== undefined) {
    tally.skip('java', missing);
    return undefined;
  }
  let built = false;
  await tally.check('java-build', async () => {
    const pom = join(root, 'test', 'interop', 'java', 'pom.xml');
    const args = ['--batch-mode', '--no-transfer-progress', '--quiet', '--file', pom, 'package'];
    const { code, stdout, stderr } = await exec('mvn', args, { timeoutMs: 900_000 });
    if (code !== 0) throw new Error(stdout + stderr);
    built = true;
    return 'generated from the protos and compiled';
  });
  return built ? (address) => runClient(tally, address) : undefined;
}

/** Runs Maven and Java 17? Says what is missing, if anything. */
async function missingTool(): Promise<string | undefined> {
  const maven = await outputOf('mvn', ['--version']);
  if (maven === undefined) return 'there is no `mvn` that runs on the path';
  const java = await outputOf('java', ['-version']);
  if (java === undefined) return 'there is no `java` on the path';
  for (const text of [/Java version: (\d+)/.exec(maven)?.[1], /version "(\d+)/.exec(java)?.[1]]) {
    if (Number(text) < javaMin) return `Java ${text} is too old: it takes ${javaMin}`;
  }
  return undefined;
}

/** The client prints a line for each check, and stops at the first that fails. */
async function runClient(tally: Tally, address: string): Promise<void> {
  const [host, port] = address.split(':') as [string, string];
  const jar = join(buildFolder, 'java', 'interop-client.jar');
  let failures = 0;
  const onLine = (line: string) => {
    const [verdict, name, ...rest] = line.split(' ');
    if (verdict === 'ok') tally.ok(`java-${name}`, rest.join(' '));
    else if (verdict === 'FAILED') {
      failures++;
      tally.fail(`java-${name}`, rest.join(' '));
    } else console.log(line);
  };
  // A seed of its own for each run; whoever looks into a failure gives the one that was printed.
  const seed = process.env.INTEROP_SEED ?? String(Date.now() % 1_000_000);
  const { code, stderr } = await exec('java', ['-jar', jar, host, port, 'interop', 'small', seed], {
    timeoutMs: 300_000,
    onLine,
  });
  if (code === 0) return;
  console.log(stderr);
  if (failures === 0) tally.fail('java', `the client ended with exit code ${code}`);
}
