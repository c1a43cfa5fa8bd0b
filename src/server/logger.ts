import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import { invalidField } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** How much is said: all from this level on. */
export type LogLevel = (typeof levels)[number];

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The environment variable that says how much is said. */
const levelVariable = 'SYNCDB_LOG_LEVEL';

/** What is not written yet is dropped beyond this: a server does not wait for whoever reads its log, nor keeps it all. */
const unwrittenBytesMax = 1 << 20;

/** Says nothing. */
export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * JSON, a line each, to stderr, or to `output`. The level is that of SYNCDB_LOG_LEVEL, or else `level`. INVALID_ARGUMENT
 * BAD_LOG_LEVEL where the variable has none of the levels.
 */
export function createLogger(level: LogLevel = 'info', output?: DestinationStream): Logger {
  return pino(
    {
      level: levelIn(process.env) ?? level,
      // Whoever gathers logs knows the process and the machine.
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    output ?? destination({ fd: 2, sync: false, maxLength: unwrittenBytesMax }),
  );
}

function levelIn(env: NodeJS.ProcessEnv): LogLevel | undefined {
  const text = env[levelVariable];
  if (text === undefined || text === '') return undefined;
  const level = levels.find((one) => one === text);
  if (level !== undefined) return level;
  throw invalidField(levelVariable, 'BAD_LOG_LEVEL', `must be one of ${levels.join(', ')}`);
}
