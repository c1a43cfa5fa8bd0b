import type { OutputStream } from './output.ts';
import { barText, grouped, lineStart } from './progress.ts';
import { Rate } from './rate.ts';
import { jsonText } from './rows/json-text.ts';
import { durationText } from './units.ts';

/** How far a load is. */
export interface LoadCounts {
  /** Rows that are in the table. */
  readonly rows: number;
  /** Rows that were left out. */
  readonly skipped: number;
  /** Bytes that were read. */
  readonly bytes: number;
}

export interface LoadProgressOptions {
  /** Where a person sees it. */
  readonly stderr: OutputStream;
  /** Where a program reads it. */
  readonly stdout: OutputStream;
  /** Bytes of all inputs; undefined where nobody knows. */
  readonly bytesTotal: number | undefined;
  readonly nowMs: () => number;
}

const redrawMs = 50;
const lineMs = 1_000;

/** Shows how far a load is: a bar where stderr is a terminal, a line of JSON each second where stdout is none. */
export class LoadProgress {
  private readonly options: LoadProgressOptions;
  private readonly rate: Rate;
  private drawnMs = Number.NEGATIVE_INFINITY;
  private writtenMs: number;
  private isDrawn = false;

  constructor(options: LoadProgressOptions) {
    this.options = options;
    this.rate = new Rate(options.nowMs);
    this.writtenMs = options.nowMs();
  }

  /** Seconds since it began. */
  get seconds(): number {
    return this.rate.seconds;
  }

  update(counts: LoadCounts): void {
    const { stdout, stderr, nowMs } = this.options;
    const now = nowMs();
    if (stderr.isTTY === true && now - this.drawnMs >= redrawMs) {
      this.drawnMs = now;
      this.isDrawn = true;
      stderr.write(lineStart + this.line(counts));
    }
    if (stdout.isTTY !== true && now - this.writtenMs >= lineMs) {
      this.writtenMs = now;
      stdout.write(`${jsonText({ event: 'progress', ...this.facts(counts) })}\n`);
    }
  }

  /** Takes the bar away. */
  end(): void {
    if (this.isDrawn) this.options.stderr.write(lineStart);
    this.isDrawn = false;
  }

  private line(counts: LoadCounts): string {
    const { bytesTotal } = this.options;
    const { rowsPerSecond, secondsLeft } = this.facts(counts);
    const share = bytesTotal === undefined ? undefined : Math.min(1, counts.bytes / bytesTotal);
    return [
      ...(share === undefined ? [] : [`${barText(share)} ${Math.floor(share * 100)}%`]),
      `${grouped(counts.rows)} rows`,
      ...(counts.skipped === 0 ? [] : [`${grouped(counts.skipped)} left out`]),
      `${grouped(rowsPerSecond)} rows/s`,
      ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
    ].join('  ');
  }

  private facts(counts: LoadCounts) {
    const { bytesTotal } = this.options;
    const left =
      bytesTotal === undefined ? undefined : this.rate.secondsLeft(counts.bytes, bytesTotal);
    return {
      ...counts,
      bytesTotal,
      rowsPerSecond: Math.round(this.rate.perSecond(counts.rows)),
      secondsLeft: left === undefined ? undefined : Math.round(left),
    };
  }
}
