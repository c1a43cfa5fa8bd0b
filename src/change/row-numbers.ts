import type { CommittedState } from './committed-state.ts';

/** The home's number of the row that has a key, or of the one that had it; undefined where it is not known. */
export type NumberOf = (table: string, key: string) => number | undefined;

/** The key of the row with a number; undefined where there is none, or nobody is to know. */
export type KeyOf = (table: string, number: number) => string | undefined;

/** The numbers that a copy knows: it need not be the newest one, since a number is given to one row for ever. */
export function numbersIn(state: CommittedState): NumberOf {
  return (name, key) => {
    const def = state.schema.tableByName.get(name);
    if (def === undefined) return undefined;
    const table = state.table(def);
    const slot = table.columns.slotOf(key);
    return slot < 0 ? undefined : table.numberOf(slot);
  };
}

/** The keys of a copy, as far as `isShown` says so of the slot of a row. */
export function keysIn(
  state: CommittedState,
  isShown: (table: string, slot: number) => boolean,
): KeyOf {
  return (name, number) => {
    const def = state.schema.tableByName.get(name);
    if (def === undefined) return undefined;
    const table = state.table(def);
    const slot = table.slotOfNumber(number);
    return slot < 0 || !isShown(name, slot) ? undefined : table.columns.keyOf(slot);
  };
}
