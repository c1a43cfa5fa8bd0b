/** One measured number, beside what it is measured against in the same run. */
export interface Measurement {
  /** What was measured, as `engine.bytes_per_row`. */
  readonly name: string;
  readonly value: number;
  /** The unit of `value` and `baseline`, as `bytes`, `ms`, `rows/s`; `ratio` where there is none. */
  readonly unit: string;
  /** The same of the thing compared with, where there is one. */
  readonly baseline?: number;
}

/** What a benchmark writes its numbers to. */
export type Report = (measurement: Measurement) => void;

/** What every `bench/NAME.bench.ts` exports under the name `bench`. */
export type Bench = (report: Report) => Promise<void> | void;

/** Returns a report that writes each measurement as one line of JSON: name, value, unit, baseline, ratio. */
export function createReport(write: (line: string) => void): Report {
  return ({ name, value, unit, baseline }) => {
    const ratio = baseline === undefined || baseline === 0 ? null : rounded(value / baseline);
    const line = { name, value: rounded(value), unit, baseline: rounded(baseline ?? null), ratio };
    write(`${JSON.stringify(line)}\n`);
  };
}

/** Four significant digits and more say nothing about a machine that does other work as well. */
function rounded(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Number(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4));
}
