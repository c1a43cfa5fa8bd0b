import type { Logger } from '../base/logger.ts';
import { BoundedLines } from './bounded-lines.ts';
import { RefusedCalls } from './refused-calls.ts';
import { sayInternalError } from './server-log.ts';
import { SessionLines } from './session-lines.ts';

/** Lines of a minute: each has a stack. */
const internalErrorLinesMax = 20;

/** What a server says of which there may be much: so many lines of each kind in a minute, and then how many more there were. */
export class ServerLines {
  readonly refused: RefusedCalls;
  readonly sessions: SessionLines;
  private readonly logger: Logger;
  private readonly internalErrors: BoundedLines;

  constructor(logger: Logger) {
    this.logger = logger;
    this.refused = new RefusedCalls(logger);
    this.sessions = new SessionLines(logger);
    const sayCount = (count: number) => logger.error({ count }, 'more internal errors');
    this.internalErrors = new BoundedLines(internalErrorLinesMax, sayCount);
  }

  /** Says an error that is nobody's bad input. */
  internalError(error: unknown): void {
    this.internalErrors.say(() => sayInternalError(this.logger, error));
  }

  /** Says of each kind how many more there were, if any. */
  close(): void {
    for (const lines of [this.refused, this.sessions, this.internalErrors]) lines.close();
  }
}
