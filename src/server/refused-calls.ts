import type { Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { BoundedLines } from './bounded-lines.ts';
import type { MeteredCall } from './call-meter.ts';

/** Lines of a minute. */
const linesMax = 20;

/** How a call ends that nobody need hear of. */
const quietCodes: ReadonlySet<string> = new Set(['OK', 'CANCELLED']);

/** What belongs to the life of a server: whoever is told so comes again. */
const quietReasons: ReadonlySet<string> = new Set([
  'CONNECTION_AGED',
  'DATABASE_LOADING',
  'SERVER_STOPPING',
]);

/** Says which calls were refused, and why: so many in a minute, and then how many more there were. */
export class RefusedCalls {
  private readonly logger: Logger;
  private readonly lines: BoundedLines;

  constructor(logger: Logger, timer?: Timer) {
    this.logger = logger;
    const sayCount = (count: number) => logger.warn({ count }, 'more calls were refused');
    this.lines = new BoundedLines(linesMax, sayCount, timer);
  }

  note({ method, code, reason, durationMs }: MeteredCall): void {
    if (quietCodes.has(code)) return;
    // It costs something to find, and all of these have that code.
    if (code === 'UNAVAILABLE' && quietReasons.has(reason())) return;
    this.lines.say(() =>
      this.logger.warn({ method, code, reason: reason(), durationMs }, 'call refused'),
    );
  }

  /** Says how many more there were, if any. */
  close(): void {
    this.lines.close();
  }
}
