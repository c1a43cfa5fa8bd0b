import type { NamedCount } from '../../gen/ts/syncdb/v1/admin_service.ts';

/** How often each of a few things happened. */
export class NamedCounts {
  private readonly counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** By name. */
  toWire(): NamedCount[] {
    const byName = [...this.counts].sort(([left], [right]) => (left < right ? -1 : 1));
    return byName.map(([name, count]) => ({ name, count: BigInt(count) }));
  }
}
