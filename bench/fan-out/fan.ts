import { type Child, startChild } from '../support/child.ts';
import { youngGenerationFixed } from '../support/memory.ts';
import type { EdgeSide, Kind } from './edges.ts';
import type { Subscribers } from './subscribers.ts';
import type { Writer } from './writer.ts';

/** How long updates were on their way to how many, and what they cost. */
export interface Delivery {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuMs: number;
  /** From the server to one subscriber, for one update. */
  readonly bytes: number;
  /** Back from it. */
  readonly bytesBack: number;
}

/** One server, the subscribers in two processes, and the writer in another. */
export class Fan {
  private readonly server: Child<EdgeSide>;
  private readonly subscribers: readonly Child<Subscribers>[];
  private readonly writer: Child<Writer>;
  private readonly kind: Kind;
  private port = 0;
  private count = 0;

  private constructor(
    kind: Kind,
    server: Child<EdgeSide>,
    subscribers: readonly Child<Subscribers>[],
    writer: Child<Writer>,
  ) {
    this.kind = kind;
    this.server = server;
    this.subscribers = subscribers;
    this.writer = writer;
  }

  static async start(kind: Kind): Promise<Fan> {
    const url = (file: string) => new URL(file, import.meta.url);
    const server = await startChild<EdgeSide>(url(`./${kind}-edge.ts`), youngGenerationFixed);
    const subscribers = [
      await startChild<Subscribers>(url('./subscribers.ts')),
      await startChild<Subscribers>(url('./subscribers.ts')),
    ];
    const fan = new Fan(kind, server, subscribers, await startChild<Writer>(url('./writer.ts')));
    fan.port = await server.call('start');
    await fan.writer.call('open', { kind, port: fan.port });
    await fan.writer.call('write');
    return fan;
  }

  /** Opens streams until there are `count`, and waits until all are served. Returns the milliseconds. */
  async grow(count: number): Promise<number> {
    const startedMs = performance.now();
    const { kind, port } = this;
    const more = (count - this.count) / this.subscribers.length;
    await Promise.all(
      this.subscribers.map((child, at) =>
        child.call('open', { kind, port, name: `phone-${at}`, count: more }),
      ),
    );
    this.count = count;
    return performance.now() - startedMs;
  }

  /** Resident bytes of the server. */
  async rss(): Promise<number> {
    return (await this.server.call('memory')).rss;
  }

  /** Writes updates, each when all have the one before, and checks that each reaches everyone once. */
  async deliver(updates: number): Promise<Delivery> {
    const before = await this.passed();
    let serverCpuMs = -(await this.server.call('cpuMs'));
    const delays: number[] = [];
    for (let update = 0; update < updates; update++) {
      await Promise.all(this.subscribers.map((child) => child.call('expect')));
      const writtenMs = await this.writer.call('write');
      for (const child of this.subscribers) {
        for (const atMs of await child.call('arrivals')) delays.push(atMs - writtenMs);
      }
    }
    serverCpuMs += await this.server.call('cpuMs');
    const after = await this.passed();
    delays.sort((left, right) => left - right);
    const share = updates * this.count;
    return {
      p50Ms: delays[Math.floor(delays.length * 0.5)]!,
      p99Ms: delays[Math.floor(delays.length * 0.99)]!,
      serverCpuMs: serverCpuMs / updates,
      bytes: (after.received - before.received) / share,
      bytesBack: (after.sent - before.sent) / share,
    };
  }

  async stop(): Promise<void> {
    for (const child of [...this.subscribers, this.writer, this.server]) await child.stop();
  }

  private async passed() {
    const all = await Promise.all(this.subscribers.map((child) => child.call('passed')));
    return {
      sent: all.reduce((sum, { sent }) => sum + sent, 0),
      received: all.reduce((sum, { received }) => sum + received, 0),
    };
  }
}
