import type { CommittedState } from '../change/committed-state.ts';
import { type KeyOf, keysIn } from '../change/row-numbers.ts';
import type { Identity } from '../session/source.ts';
import { type Readable, readableRows } from './readable-rows.ts';

/** The keys of rows, live or deleted, that an identity may read: of others it must not learn that a guess is right. */
export function readableKeys(state: CommittedState, identity: Identity): KeyOf {
  const readable = new Map<string, Readable | undefined>();
  return keysIn(state, (name, slot) => {
    if (!readable.has(name)) {
      readable.set(name, readableRows(state, state.schema.tableByName.get(name)!, identity));
    }
    return readable.get(name)?.(slot) ?? true;
  });
}
