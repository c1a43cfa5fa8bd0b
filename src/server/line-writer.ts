import { write, writeSync } from 'node:fs';

/** What is not written yet is dropped beyond this: a server does not wait for whoever reads its log, nor keeps it all. */
const unwrittenBytesMax = 1 << 20;
/** Who reads a pipe is given so long before it is tried again, in milliseconds. */
const retryMs = 100;

/**
 * Writes lines to a file descriptor, behind the back of whoever says them. Lines that it does not take, as a full disk does
 * not, are dropped, and those that follow are tried anew: a log is not worth the program.
 */
export class LineWriter {
  private readonly fd: number;
  private lines: string[] = [];
  private unwrittenBytes = 0;
  private isWriting = false;
  /** What a full pipe has not taken, until it is tried again. */
  private stalled: Buffer = Buffer.alloc(0);
  /** The last line was cut: the next one begins on a line of its own. */
  private isTorn = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Takes a line with its end. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.unwrittenBytes + bytes > unwrittenBytesMax) return;
    this.unwrittenBytes += bytes;
    this.lines.push(line);
    if (!this.isWriting) this.begin();
  }

  /** Writes what has not begun to be written, for a program that ends: it waits for nobody. */
  flush(): void {
    let rest = Buffer.concat([this.stalled, this.take()]);
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.fd, rest));
    } catch {
      // There is nobody left to tell.
    }
  }

  private begin(): void {
    this.isWriting = true;
    // What is said in one turn of the event loop goes together, also where the program ends in it.
    setImmediate(() => {
      const bytes = this.take();
      this.step(bytes, bytes.length);
    });
  }

  private take(): Buffer {
    const bytes = Buffer.from((this.isTorn ? '\n' : '') + this.lines.join(''));
    this.lines = [];
    return bytes;
  }

  /** Writes the rest of `size` bytes. */
  private step(rest: Buffer, size: number): void {
    this.stalled = Buffer.alloc(0);
    write(this.fd, rest, (error, written) => {
      if (error?.code === 'EAGAIN') {
        this.stalled = rest;
        setTimeout(() => this.step(rest, size), retryMs).unref();
      } else if (error !== null) this.end(rest.length < size || this.isTorn);
      else if (written < rest.length) this.step(rest.subarray(written), size);
      else this.end(false);
    });
  }

  private end(isTorn: boolean): void {
    this.isTorn = isTorn;
    this.isWriting = false;
    this.unwrittenBytes = this.lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    if (this.lines.length > 0) this.begin();
  }
}
