import type { DescMessage } from '@bufbuild/protobuf';
import { assert, Code, SyncError } from '../base/errors.ts';
import type { Edit } from '../replica/replica.ts';
import type { TransactionScope } from './client-api.ts';
import { readerOf, type TypedTable } from './client-table.ts';

/**
 * The edits that the body of a transaction makes. INVALID_ARGUMENT ASYNC_TRANSACTION where it waits for something: what it does
 * after that would be lost.
 */
export function gatheredEdits(
  body: (scope: TransactionScope) => void,
  typed: <Desc extends DescMessage>(desc: Desc) => TypedTable<Desc>,
): Edit[] {
  const edits: Edit[] = [];
  let open = true;
  const add = (edit: Edit) => {
    assert(open, 'the transaction is over: its body must not wait for anything');
    edits.push(edit);
  };
  const scope: TransactionScope = {
    table: (desc) => {
      const table = typed(desc);
      return {
        ...readerOf(table),
        put: (row) => add(table.putEdit(row)),
        patch: (key, patch) => add(table.patchEdit(key, patch)),
        delete: (key) => add(table.deleteEdit(key)),
      };
    },
  };
  let result: unknown;
  try {
    result = body(scope);
  } finally {
    open = false;
  }
  if (!isThenable(result)) return edits;
  result.then(undefined, () => {});
  const problem = 'the body of a transaction must not be async';
  throw new SyncError(Code.invalidArgument, 'ASYNC_TRANSACTION', problem);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
