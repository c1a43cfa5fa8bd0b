/** That the adapters keep the contract of client storage, and that each of its cases can fail. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ContractCase, storageContract } from '../../../src/client/contract/index.ts';
import type { ClientStorage } from '../../../src/client/journal-files.ts';
import { memoryStorage } from '../../../src/client/memory-storage.ts';
import { sqliteStorage } from '../../../src/client/sqlite-storage.ts';
import { tempFolders } from '../../log/support/temp-folder.ts';
import { breaches, brokenStorage } from '../support/broken-storage.ts';

const makeFolder = tempFolders();

const adapters: Readonly<Record<string, () => ContractCase[]>> = {
  sqliteStorage: () =>
    storageContract(() => {
      const path = join(makeFolder(), 'client.db');
      return { storage: () => sqliteStorage({ path }) };
    }),
  memoryStorage: () => storageContract(() => always(memoryStorage())),
};

function always(storage: ClientStorage) {
  return { storage: () => storage };
}

describe.each(Object.entries(adapters))('[I9] %s', (_, casesOf) => {
  for (const { name, run } of casesOf()) test(name, run);
});

/** The names of the cases that fail on what `create` makes. */
async function failing(create: () => ClientStorage): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of storageContract(() => always(create()))) {
    const { promise, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(reject, 10_000, new Error('it hangs'));
    await Promise.race([run(), promise]).catch(() => names.push(name));
    clearTimeout(timer);
  }
  return names;
}

describe('the contract', () => {
  const names = storageContract(() => always(memoryStorage())).map(({ name }) => name);

  test('has a name of its own for each case', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  test('is kept by storage that is wrapped and not broken', async () => {
    expect(await failing(() => brokenStorage({}))).toEqual([]);
  });

  test('finds each breach of it, and has no case that nothing fails', async () => {
    const unfound: string[] = [];
    const found = new Set<string>();
    for (const [name, breach] of Object.entries(breaches)) {
      const failed = await failing(() => brokenStorage(breach()));
      if (failed.length === 0) unfound.push(name);
      for (const each of failed) found.add(each);
    }
    expect(unfound).toEqual([]);
    expect(names.filter((name) => !found.has(name))).toEqual([]);
  });

  test('says what was found and what was to be', async () => {
    const cases = storageContract(() => always(brokenStorage(breaches['appends at any head']!())));
    const [moved] = cases.filter(({ name }) => name.includes('LOG_HEAD_MOVED'));
    await expect(moved!.run()).rejects.toThrow('what was to fail has not');
  });

  test('makes a store for each case, and has it removed when all of it is closed', async () => {
    let made = 0;
    let removed = 0;
    for (const { run } of storageContract(async () => {
      made++;
      const storage = memoryStorage();
      const remove = async () => {
        // It would be locked else.
        await (await storage.open()).close();
        removed++;
      };
      return { storage: () => storage, remove };
    })) {
      await run();
    }
    expect([made, removed]).toEqual([names.length, names.length]);
  });
});
