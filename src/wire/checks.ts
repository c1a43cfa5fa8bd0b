import { invalidField } from '../base/errors.ts';

/** The value of a field that must be there. INVALID_ARGUMENT MISSING_FIELD names it where it is not. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw invalidField(field, 'MISSING_FIELD', 'is missing');
  return value;
}

const safeMax = BigInt(Number.MAX_SAFE_INTEGER);

/** A uint64 as a number. INVALID_ARGUMENT NUMBER_TOO_LARGE names the field above 2^53 - 1. */
export function safeNumber(value: bigint, field: string): number {
  if (value > safeMax) throw invalidField(field, 'NUMBER_TOO_LARGE', 'must be below 2^53');
  return Number(value);
}

/** Translates an enum between its numbers on the wire and its names in the domain. */
export interface EnumForms<Name extends string, Value extends number> {
  numberOf(name: Name): Value;
  /** The name, or undefined where this version has none. */
  find(value: number): Name | undefined;
  /** The name. INVALID_ARGUMENT UNKNOWN_ENUM_VALUE names the field where this version has none. */
  nameOf(value: number, field: string): Name;
}

export function createEnumForms<Name extends string, Value extends number>(
  numbers: Readonly<Record<Name, Value>>,
): EnumForms<Name, Value> {
  const names = new Map<number, Name>();
  for (const name of Object.keys(numbers) as Name[]) names.set(numbers[name], name);
  const find = (value: number) => names.get(value);
  return {
    numberOf: (name) => numbers[name],
    find,
    nameOf(value, field) {
      const name = find(value);
      if (name !== undefined) return name;
      const description =
        value === 0 ? 'must say which' : `${value} is no value that is known here`;
      throw invalidField(field, 'UNKNOWN_ENUM_VALUE', description);
    },
  };
}
