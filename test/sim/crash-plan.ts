import type { Fault } from './faults.ts';
import type { World } from './world.ts';

/** Where a process is to die next, of the points that its disk tells of. */
export class CrashPlan<Point extends string> {
  private readonly world: World;
  private readonly faults: Readonly<Record<Point, Fault>>;
  private planned: { readonly point: Point; readonly crash: () => void } | undefined;

  /** `faults` names what it is to die at each point. */
  constructor(world: World, faults: Readonly<Record<Point, Fault>>) {
    this.world = world;
    this.faults = faults;
  }

  /** The process dies when it comes to this point. */
  plan(point: Point, crash: () => void): void {
    this.planned = { point, crash };
  }

  /** Whether the process has died here. */
  reach(point: Point): boolean {
    const { planned, world } = this;
    if (planned?.point !== point) return false;
    this.planned = undefined;
    if (!world.isChaos()) return false;
    world.trace.fault(world.scheduler.nowMs, this.faults[point]);
    planned.crash();
    return true;
  }
}
