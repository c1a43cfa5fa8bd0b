import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MeteredCall } from './call-meter.ts';

/** Lines of a minute. */
const linesMax = 20;
const windowMs = 60_000;

/** How a call ends that nobody need hear of. */
const quietCodes: ReadonlySet<string> = new Set(['OK', 'CANCELLED']);

/**
 * Says which calls were refused, and why: so many in a minute, and then how many more there were. Whoever calls in a loop
 * fills no disk.
 */
export class RefusedCalls {
  private readonly logger: Logger;
  private readonly clock: Clock;
  private windowEndMs = 0;
  private lines = 0;
  private unsaid = 0;

  constructor(logger: Logger, clock: Clock) {
    this.logger = logger;
    this.clock = clock;
  }

  note({ method, code, reason, durationMs }: MeteredCall): void {
    if (quietCodes.has(code)) return;
    const nowMs = this.clock.nowMs();
    if (nowMs >= this.windowEndMs) {
      this.sayUnsaid();
      this.windowEndMs = nowMs + windowMs;
      this.lines = 0;
    }
    if (++this.lines > linesMax) this.unsaid++;
    else this.logger.warn({ method, code, reason: reason(), durationMs }, 'call refused');
  }

  /** Says how many more there were, if any. */
  sayUnsaid(): void {
    if (this.unsaid > 0) this.logger.warn({ count: this.unsaid }, 'more calls were refused');
    this.unsaid = 0;
  }
}
