/** What becomes of peers that are hostile or slow: docs/server.md says it, one row each, and here it is tried. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Client } from '../../src/client/client-api.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { callOutcome, hostileCalls } from './support/hostile-calls.ts';
import { hostileFrames } from './support/hostile-frames.ts';
import { hostilePace } from './support/hostile-pace.ts';
import { Http2Peer } from './support/http2-peer.ts';
import { liveBytes } from './support/live-bytes.ts';
import { RawPeer } from './support/raw-peer.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/server.md'), 'utf8');

/** What the page says of each input, in the table under a heading. */
function told(heading: string): Readonly<Record<string, string>> {
  const part = page.split(`\n### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  return Object.fromEntries(
    [...part.matchAll(/^\| (.+) \| (.+) \|$/gm)]
      .map(([, input, outcome]) => [input!, outcome!] as const)
      .slice(1),
  );
}

/** A peer that still writes need not get to read why its connection ended. */
function expectOutcome(outcome: string, expected: string): void {
  const allowed = expected.split(' or ');
  if (expected.startsWith('connection ')) allowed.push('connection closed');
  expect(allowed).toContain(outcome);
}

let server: TestServer;
let client: Client;
let writer: ReturnType<typeof setInterval>;
let written = 0;
let bytesBefore = 0;
const states = new Set<string>();

beforeAll(async () => {
  server = await startTestServer();
  client = await server.client({ replicaId: 'normal' });
  await client.synced();
  client.on('status', ({ state }) => states.add(state));
  bytesBefore = await liveBytes();
  writer = setInterval(() => client.table(StationSchema).put({ id: `${written++}` }), 10);
});

afterAll(async () => {
  clearInterval(writer);
  await server.close();
});

describe('[I13] what is no HTTP/2, or abuses it:', () => {
  const expected = told('What is no HTTP/2, or abuses it');

  test('the page has a row for each input', () => {
    expect(Object.keys(expected)).toEqual(Object.keys(hostileFrames));
  });

  test.each(Object.entries(hostileFrames))('%s', async (name, input) => {
    const peer = new RawPeer(server.running.port);
    try {
      await input(peer);
      expectOutcome(await peer.outcome(), expected[name]!);
    } finally {
      // Else one that goes wrong has all others wait for its end.
      peer.socket.destroy();
    }
    await eventually(() => server.running.connectionCount === 1);
  });
});

describe('[I13] what is no gRPC, or no message of ours:', () => {
  const expected = told('What is no gRPC, or no message of ours');

  test('the page has a row for each input', () => {
    expect(Object.keys(expected)).toEqual(Object.keys(hostileCalls));
  });

  test.each(Object.entries(hostileCalls))('%s', async (name, input) => {
    const peer = new Http2Peer(server.address);
    try {
      expectOutcome(await callOutcome(peer, input), expected[name]!);
    } finally {
      peer.destroy();
    }
    await eventually(() => server.running.connectionCount === 1);
  });
});

describe('[I13] what is slow:', () => {
  const expected = told('What is slow');

  test('the page has a row for each input', () => {
    expect(Object.keys(expected)).toEqual(Object.keys(hostilePace));
  });

  test.each(Object.entries(hostilePace))('%s', async (name, { limits, run }) => {
    const impatient = await startTestServer({ limits });
    expectOutcome(await run(impatient), expected[name]!);
    await impatient.close();
  });
});

describe('all along', () => {
  test('there were a hundred inputs and more', () => {
    const inputs = [hostileFrames, hostileCalls, hostilePace].flatMap(Object.keys);
    expect(inputs.length).toBeGreaterThanOrEqual(100);
  });

  test('little is left of them in memory', async () => {
    expect((await liveBytes()) - bytesBefore).toBeLessThan(64 << 20);
  });

  test('a client that only works was live, and nothing of it is lost', async () => {
    clearInterval(writer);
    await client.synced();
    const reader = await server.client();
    await reader.synced();
    expect(reader.table(StationSchema).count()).toBe(written);
    expect([...states].filter((state) => state !== 'live' && state !== 'syncing')).toEqual([]);
  });
});
