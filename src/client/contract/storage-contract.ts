import { clientCases } from './client-cases.ts';
import { filesCases } from './files-cases.ts';
import { logCases } from './log-cases.ts';
import { type ContractStore, TriedStore } from './tried-store.ts';

export type { ContractStore } from './tried-store.ts';

/** One promise of `ClientStorage`, as a test for whatever runs an adapter's tests. */
export interface ContractCase {
  /** The promise; no two cases have the same. */
  readonly name: string;
  /** Rejects with an `Error` that says what was found, and what was to be, where the promise is not kept. */
  readonly run: () => Promise<void>;
}

/**
 * What every adapter of `ClientStorage` promises, each case on a store of its own that `create` makes. Whether anything
 * survives a crash or a full disk it cannot tell: show that with tests of the medium.
 */
export function storageContract(
  create: () => ContractStore | Promise<ContractStore>,
): ContractCase[] {
  return [...filesCases, ...logCases, ...clientCases].map(([name, body]) => ({
    name,
    run: async () => {
      const store = new TriedStore(await create());
      try {
        await body(store);
      } finally {
        await store.end();
      }
    },
  }));
}
