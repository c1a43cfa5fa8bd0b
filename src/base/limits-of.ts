import { Code, SyncError } from './errors.ts';
import { defaultLimits, type Limits } from './limits.ts';

/** A limit that can be set in the environment. */
export interface LimitVariable {
  readonly limit: keyof Limits;
  /** For example `SYNCDB_MESSAGE_BYTES_MAX`. */
  readonly variable: string;
  /** What it is without the variable, written as the variable would have it: `8MiB`, `5min`, `256`. */
  readonly default: string;
}

/** Those that replicas keep to, and a server has nothing of. The memory of a database has an option of its own. */
const elsewhere: ReadonlySet<keyof Limits> = new Set([
  'memoryBytesMax',
  'keptTransactionsMax',
  'keptBytesMax',
  'queueTransactionsMax',
  'coalescedMsMax',
  'queueBytesMax',
  'storageBacklogBytesMax',
  'journalBytesMin',
]);

/** Where any number from 1 on would not do: what the transport takes, or what recursion bears. */
const ranges: Partial<Record<keyof Limits, readonly [min: number, max: number]>> = {
  nestingDepthMax: [1, 100],
  metadataBytesMax: [1 << 10, 1 << 20],
  metadataEntriesMax: [16, 10_000],
  streamWindowBytesMax: [16 << 10, 2 ** 31 - 1],
  connectionStreamsMax: [1, 2 ** 31 - 1],
  messageBytesMax: [64 << 10, 1 << 30],
  talkBytesMax: [64 << 10, 1 << 30],
  devicesMax: [0, Number.MAX_SAFE_INTEGER],
  // Timers go no further, and a moment is what nobody keeps to.
  ...Object.fromEntries(
    (Object.keys(defaultLimits) as (keyof Limits)[])
      .filter((limit) => /Ms(Max)?$/.test(limit))
      .map((limit) => [limit, [1, 2 ** 31 - 1] as const]),
  ),
};

const byteUnits = { GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10 };
const timeUnits = { h: 3_600_000, min: 60_000, s: 1_000, ms: 1 };

/** All of them, in the order of `Limits`. */
export const limitVariables: readonly LimitVariable[] = (
  Object.keys(defaultLimits) as (keyof Limits)[]
)
  .filter((limit) => !elsewhere.has(limit))
  .map((limit) => ({
    limit,
    variable: `SYNCDB_${limit.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    default: limitText(limit, defaultLimits[limit]),
  }));

/**
 * The limits of a server by the variables of its environment: `SYNCDB_MESSAGE_BYTES_MAX=16MiB`, `SYNCDB_REQUEST_MS_MAX=2min`.
 * Those that are not set, or empty, are as in `defaultLimits`. Bytes take KiB, MiB and GiB, times ms, s, min and h; without a
 * unit they are bytes and milliseconds. INVALID_ARGUMENT BAD_LIMIT names the variable.
 */
export function limitsOf(environment: Readonly<Record<string, string | undefined>>): Limits {
  const limits: Record<keyof Limits, number> = { ...defaultLimits };
  for (const { limit, variable } of limitVariables) {
    const text = environment[variable]?.trim();
    if (text === undefined || text === '') continue;
    limits[limit] = parsed(limit, variable, text);
  }
  checkFit(limits);
  checkDigests(limits);
  return limits;
}

/** A limit's value as a variable has it, with the largest unit that is exact. */
export function limitText(limit: keyof Limits, value: number): string {
  for (const [unit, size] of Object.entries(unitsOf(limit))) {
    if (value >= size && value % size === 0) return `${value / size}${unit}`;
  }
  return String(value);
}

function unitsOf(limit: keyof Limits): Readonly<Record<string, number>> {
  if (/Bytes/.test(limit)) return byteUnits;
  return /Ms(Max)?$/.test(limit) ? timeUnits : {};
}

function parsed(limit: keyof Limits, variable: string, text: string): number {
  const units = unitsOf(limit);
  const [, number, unit] = /^(\d+) ?([A-Za-z]*)$/.exec(text) ?? [];
  const known = Object.keys(units).find((each) => each.toLowerCase() === unit?.toLowerCase());
  const size = unit === '' ? 1 : units[known ?? ''];
  if (number === undefined || size === undefined) {
    const names = Object.keys(units);
    const rule =
      names.length === 0 ? 'a whole number' : `a whole number, with ${names.join(', ')} or no unit`;
    throw badLimit(variable, `${JSON.stringify(text)} is not ${rule}`);
  }
  const value = Number(number) * size;
  const [min, max] = ranges[limit] ?? [1, Number.MAX_SAFE_INTEGER];
  if (value >= min && value <= max) return value;
  const [from, to] = [limitText(limit, min), limitText(limit, max)];
  throw badLimit(variable, `${text} is not between ${from} and ${to}`);
}

/** Beside what it carries a message has a little of its own. */
const envelopeBytes = 16 << 10;

/** What has to go through somewhere is not to be larger than what goes through there. */
function checkFit(limits: Limits): void {
  const { messageBytesMax, rowBytesMax, deltaBytesMax, pushBytesMax, partBytesMax } = limits;
  const room = messageBytesMax - envelopeBytes;
  // The row that reaches the size of a delta is still in it.
  const needs: [(keyof Limits)[], number][] = [
    [['deltaBytesMax', 'rowBytesMax'], deltaBytesMax + rowBytesMax],
    [['pushBytesMax'], pushBytesMax],
    [['partBytesMax'], partBytesMax],
    [['talkBytesMax'], limits.talkBytesMax - envelopeBytes],
  ];
  for (const [names, bytes] of needs) {
    if (bytes <= room) continue;
    const others = names.map((name) => variableOf(name)).join(' and ');
    const problem = `a message of ${messageBytesMax} bytes has no room for what ${others} let through`;
    throw badLimit(variableOf('messageBytesMax'), `${problem}: set these too`);
  }
}

/** Else a retry of a push could be told from no other, though it has just been settled. */
function checkDigests({ writerDigestsMax, pushTransactionsMax }: Limits): void {
  if (writerDigestsMax > pushTransactionsMax) return;
  const variable = variableOf('writerDigestsMax');
  const most = `${variableOf('pushTransactionsMax')}, which is ${pushTransactionsMax}`;
  throw badLimit(variable, `${writerDigestsMax} is not above ${most}`);
}

function variableOf(limit: keyof Limits): string {
  return limitVariables.find((each) => each.limit === limit)!.variable;
}

function badLimit(variable: string, problem: string): SyncError {
  return new SyncError(Code.invalidArgument, 'BAD_LIMIT', `${variable}: ${problem}`, {
    fields: [{ field: variable, description: problem }],
    metadata: { variable },
  });
}
