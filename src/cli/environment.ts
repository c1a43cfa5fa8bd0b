import { invalidField } from '../base/errors.ts';
import { limitVariables } from '../base/limits-of.ts';

/**
 * A switch in the environment: `true` or `1`, `false` or `0`, and off where it is not set. That it is there is not enough, since
 * who writes `false` means it. INVALID_ARGUMENT BAD_SWITCH for all else.
 */
export function flagOf(
  environment: Readonly<Record<string, string | undefined>>,
  variable: string,
): boolean {
  const text = environment[variable]?.trim().toLowerCase() ?? '';
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0' || text === '') return false;
  throw invalidField(variable, 'BAD_SWITCH', `${JSON.stringify(text)} is not true or false`);
}

/** A line for each limit that the environment can set. */
export function limitsHelp(): string {
  const width = Math.max(...limitVariables.map(({ variable }) => variable.length));
  return limitVariables
    .map(({ variable, default: value }) => `  ${variable.padEnd(width)}  ${value}`)
    .join('\n');
}
