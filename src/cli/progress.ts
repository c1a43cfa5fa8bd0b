import { Rate } from './rate.ts';
import { durationText } from './units.ts';

/** Shows how far something long is. */
export interface Progress {
  update(done: number): void;
  /** Takes the bar away, or writes the last line. */
  end(): void;
}

/** Where progress is shown: `process.stdout`, say. */
export interface ProgressOutput {
  /** True for a terminal, where a line can be written again. */
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const barWidth = 30;
/** A terminal is written to no more often, in milliseconds. */
const redrawMs = 50;
/** Back to the start of the line, and away with what stands there. */
export const lineStart = '\r\x1b[K';
/** Lines of a whole run where the output is a file or a pipe. */
const lineCount = 5;

/**
 * Shows `label` with the share of `total` that is done: as a bar on a terminal, with the rate and the time that is left once
 * these can be told, elsewhere as a line at every fifth.
 * `nowMs` is a clock that never goes back.
 */
export function createProgress(
  label: string,
  total: number,
  output: ProgressOutput,
  nowMs: () => number = () => performance.now(),
): Progress {
  return output.isTTY === true
    ? new Bar(label, total, output, nowMs)
    : new Lines(label, total, output);
}

class Bar implements Progress {
  private readonly label: string;
  private readonly total: number;
  private readonly output: ProgressOutput;
  private readonly nowMs: () => number;
  private readonly rate: Rate;
  private drawnMs = Number.NEGATIVE_INFINITY;

  constructor(label: string, total: number, output: ProgressOutput, nowMs: () => number) {
    this.label = label;
    this.total = total;
    this.output = output;
    this.nowMs = nowMs;
    this.rate = new Rate(nowMs);
  }

  update(done: number): void {
    const nowMs = this.nowMs();
    if (nowMs - this.drawnMs < redrawMs && done < this.total) return;
    this.drawnMs = nowMs;
    const bar = barText(shareOf(done, this.total));
    const left = this.rate.secondsLeft(done, this.total);
    const pace =
      left === undefined
        ? ''
        : `, ${grouped(Math.round(this.rate.perSecond(done)))}/s, ${durationText(left)} left`;
    this.output.write(`${lineStart}${this.label} ${bar} ${countText(done, this.total)}${pace}`);
  }

  end(): void {
    this.output.write(lineStart);
  }
}

class Lines implements Progress {
  private readonly label: string;
  private readonly total: number;
  private readonly output: ProgressOutput;
  private written = 0;

  constructor(label: string, total: number, output: ProgressOutput) {
    this.label = label;
    this.total = total;
    this.output = output;
  }

  update(done: number): void {
    const reached = Math.floor(shareOf(done, this.total) * lineCount);
    if (reached <= this.written) return;
    this.written = reached;
    this.output.write(`${this.label}: ${countText(done, this.total)}\n`);
  }

  end(): void {}
}

/** A share of 0 to 1 as a bar. */
export function barText(share: number): string {
  return '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░');
}

function shareOf(done: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}

function countText(done: number, total: number): string {
  return `${grouped(done)} of ${grouped(total)}`;
}

/** `12,345`, alike in every locale. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
