/** What a client says of its link, held against what the link is. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import type { Client } from '../../src/client/client-api.ts';
import type { Status } from '../../src/client/status.ts';
import { eventually, startTestServer, type TestServer } from '../support/test-server.ts';
import { type RoughLink, startRoughLink } from './support/rough-link.ts';

interface World {
  readonly server: TestServer;
  readonly link: RoughLink;
  readonly client: Client;
  /** In step with the server, by another way. */
  readonly other: Client;
  readonly statuses: Status[];
  written: number;
}

interface Model {
  link: 'up' | 'silent' | 'down';
  wanted: boolean;
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/** After each step, as soon as it can be known: the status is true, and says all that may be relied on. */
async function check({ client, other, statuses }: World, { link, wanted }: Model): Promise<void> {
  if (!wanted) {
    expect(client.status).toEqual({ state: 'offline', error: undefined, attempts: 0 });
    return;
  }
  if (link === 'down') {
    // Whatever it was, it finds out, and tries on.
    await eventually(() => 'error' in client.status && client.status.error !== undefined);
    expect(['connecting', 'offline']).toContain(client.status.state);
    const before = statuses.length;
    await eventually(() => statuses.length > before);
  }
  if (link === 'up') {
    // It is never stuck: without anybody's help it is live, and then it has all that there is.
    await eventually(() => client.status.state === 'live');
    await client.synced();
    await other.synced();
    expect(client.pendingCount).toBe(0);
    const rows = (each: Client) =>
      each
        .table(StationSchema)
        .query()
        .rows.map(({ id, name }) => [id, name]);
    await eventually(() => JSON.stringify(rows(client)) === JSON.stringify(rows(other)));
    expect(client.status).toEqual({ state: 'live', error: undefined });
  }
}

type Step = fc.AsyncCommand<Model, World>;

function step(
  name: string,
  run: (world: World, model: Model) => void | Promise<void>,
  may: (model: Model) => boolean = () => true,
): Step {
  return {
    check: (model) => may(model),
    run: async (model, world) => {
      await run(world, model);
      await check(world, model);
    },
    toString: () => name,
  };
}

const setLink = (state: Model['link']) =>
  step(`link ${state}`, ({ link }, model) => {
    model.link = state;
    link.set(state);
  });

const steps: fc.Arbitrary<Step>[] = [
  fc.constantFrom(setLink('up'), setLink('silent'), setLink('down')),
  fc.constant(step('cut', ({ link }) => link.cut())),
  fc.constant(
    step('write', ({ client, ...world }) => {
      client.table(StationSchema).put({ id: `c${world.written}` });
    }),
  ),
  fc.constant(
    step('others write', async (world) => {
      await world.other.table(StationSchema).put({ id: `o${world.written++}`, name: 'theirs' })
        .outcome;
    }),
  ),
  fc.constant(step('nudge', ({ client }) => client.nudge())),
  fc.constant(
    step('disconnect', ({ client }, model) => {
      model.wanted = false;
      client.disconnect();
    }),
  ),
  fc.constant(
    step('connect', ({ client }, model) => {
      model.wanted = true;
      client.connect();
    }),
  ),
  fc.nat(30).map((ms) => step(`wait ${ms}`, () => pause(ms))),
];

async function world(): Promise<World> {
  const server = await startTestServer();
  const link = await startRoughLink(server.running.port);
  const statuses: Status[] = [];
  const client = await server.client({
    url: link.address,
    retry: { delayMsMin: 2, delayMsMax: 20, attemptsMax: 3, attemptMsMax: 200 },
    on: { status: (status) => statuses.push(status) },
  });
  return { server, link, client, other: await server.client(), statuses, written: 0 };
}

it('[I12] is live whenever it can be, by itself, and never says more than is so', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 12 }), async (commands) => {
      const real = await world();
      try {
        const model: Model = { link: 'up', wanted: true };
        await fc.asyncModelRun(() => ({ model, real }), commands);
        real.link.set('up');
        if (!model.wanted) real.client.connect();
        await check(real, { link: 'up', wanted: true });
        // Each status follows from the one before.
        for (const [index, { state }] of real.statuses.entries()) {
          const before = real.statuses[index - 1]?.state ?? 'offline';
          if (state === 'live') expect(['syncing', 'live']).toContain(before);
          expect(state).not.toBe('blocked');
        }
      } finally {
        await real.server.close();
        await real.link.close();
      }
    }),
    { numRuns: 40 },
  );
});
