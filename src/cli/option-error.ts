import { invalidField, type SyncError } from '../base/errors.ts';

/** INVALID_ARGUMENT BAD_OPTION: the command was asked for something that cannot be, and ends with the code of wrong usage. */
export function badOption(option: string, problem: string): SyncError {
  return invalidField(`--${option}`, 'BAD_OPTION', problem);
}
