/**
 * `npm run test:interop`: clients of other languages, none of which has any code of ours, against a real server. What
 * needs a tool that is not here is skipped, and said so. INTEROP_SEED repeats the random walk of a run.
 */
import { checkWithBufCurl } from './buf-curl.ts';
import { buildGrpcurl } from './grpcurl.ts';
import { buildJavaClient } from './java.ts';
import { buildDescriptors, startServerProcess } from './server-process.ts';
import { createTally } from './tally.ts';

const tally = createTally();
const descriptors = buildDescriptors();
const [checkWithJava, checkWithGrpcurl] = await Promise.all([
  buildJavaClient(tally),
  buildGrpcurl(tally),
]);

/** Each client has a server with empty databases. */
async function withServer(check: (address: string) => Promise<void>): Promise<void> {
  const server = await startServerProcess(descriptors);
  try {
    await check(server.address);
  } finally {
    await server.stop();
  }
}

if (checkWithJava !== undefined) await withServer(checkWithJava);
if (checkWithGrpcurl !== undefined) await withServer(checkWithGrpcurl);
await withServer((address) => checkWithBufCurl(tally, address));

console.log(tally.summary());
process.exitCode = tally.failed === 0 ? 0 : 1;
