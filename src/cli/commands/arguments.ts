import { InvalidArgumentError } from 'commander';

/** 1, 2, 3 ... up to what 32 bits hold. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('It must be 1, 2, 3 ...');
  }
  return value;
}

/** The values of an option that may be given again. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** A name by which a server knows that it has done something already. */
export function requestName(text: string): string {
  if (!/^[A-Za-z0-9._-]{1,30}$/.test(text)) {
    throw new InvalidArgumentError('It must be 1 to 30 characters of A-Z a-z 0-9 . _ -');
  }
  return text;
}
