import type { Logger } from '../base/logger.ts';
import { BoundedLines } from './bounded-lines.ts';

/** Lines of a minute, of those that began and of those that ended. */
const linesMax = 100;

/** Says which sessions begin and end, and of which what was sent could not be read: so many of each in a minute, and then how many more there were. */
export class SessionLines {
  private readonly logger: Logger;
  private readonly beginnings: BoundedLines;
  private readonly ends: BoundedLines;
  private readonly unread: BoundedLines;

  constructor(logger: Logger) {
    this.logger = logger;
    const saying = (sentence: string) => (count: number) => logger.info({ count }, sentence);
    this.beginnings = new BoundedLines(linesMax, saying('more sessions began'));
    this.ends = new BoundedLines(linesMax, saying('more sessions ended'));
    this.unread = new BoundedLines(linesMax, (count) =>
      logger.warn({ count }, 'more clients could not read what they were sent'),
    );
  }

  began(facts: object): void {
    this.beginnings.say(() => this.logger.info(facts, 'session began'));
  }

  /** `facts` are asked for where they are said. */
  ended(facts: () => object): void {
    this.ends.say(() => this.logger.info(facts(), 'session ended'));
  }

  unreadable(facts: object): void {
    this.unread.say(() =>
      this.logger.warn(facts, 'a client could not read what it was sent, and asks for it as rows'),
    );
  }

  /** Says how many more there were, if any. */
  close(): void {
    this.beginnings.close();
    this.ends.close();
    this.unread.close();
  }
}
