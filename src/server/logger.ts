import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { invalidField } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { LineWriter } from './line-writer.ts';

/** How much is said: all from this level on. */
export type LogLevel = (typeof levels)[number];

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The environment variable that says how much is said. */
const levelVariable = 'SYNCDB_LOG_LEVEL';

/** One for all loggers of the process: it is written out when that ends. */
let stderr: LineWriter | undefined;

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
    output ?? stderrLines(),
  );
}

function stderrLines(): LineWriter {
  if (stderr !== undefined) return stderr;
  const lines = new LineWriter(2);
  process.on('exit', () => lines.flush());
  stderr = lines;
  return lines;
}

function levelIn(env: NodeJS.ProcessEnv): LogLevel | undefined {
  const text = env[levelVariable];
  if (text === undefined || text === '') return undefined;
  const level = levels.find((one) => one === text);
  if (level !== undefined) return level;
  throw invalidField(levelVariable, 'BAD_LOG_LEVEL', `must be one of ${levels.join(', ')}`);
}
