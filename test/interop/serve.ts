/**
 * Serves the tests' own tables from memory on a free port of this machine, as a process of its own: what clients of
 * other languages talk to. `node serve.ts DESCRIPTORS`, where DESCRIPTORS is a FileDescriptorSet. Prints its address
 * as the one line on stdout, and stops when its stdin ends, so that it never outlives whoever started it.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createMemoryLog,
  defaultLimits,
  type Limits,
  openDatabase,
  startServer,
} from '../../src/server/index.ts';

const [descriptors = ''] = process.argv.slice(2);
const schema = readFileSync(descriptors);

const openEmpty = (name: string, limits: Partial<Limits> = {}) =>
  openDatabase({
    name,
    schema,
    log: createMemoryLog({ id: randomBytes(16) }),
    // Clients count commits, and those of devices come when they will.
    limits: { ...defaultLimits, devicesMax: 0, ...limits },
    clock: { nowMs: () => Date.now() },
  });

const server = await startServer({
  // In the small one a few rows are enough for a catch-up of many deltas.
  databases: [await openEmpty('interop'), await openEmpty('small', { deltaRowsMax: 8 })],
  address: '127.0.0.1:0',
});
process.stdin.resume().on('end', () => void server.close(1_000));
console.log(server.address);
