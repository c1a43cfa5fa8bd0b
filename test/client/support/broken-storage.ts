/** Client storage in memory that breaks one promise of its interface each: what the contract has to find. */
import type { ClientStorage, JournalFiles, JournalLog } from '../../../src/client/journal-files.ts';
import { memoryStorage } from '../../../src/client/memory-storage.ts';
import type { LogSlice } from '../../../src/log/log.ts';

/** What is otherwise than it is in memory. */
interface Breach {
  readonly open?: (storage: ClientStorage, inner: ClientStorage) => Promise<JournalFiles>;
  readonly files?: (files: JournalFiles) => Partial<JournalFiles>;
  readonly log?: (log: JournalLog) => Partial<JournalLog>;
}

/** By what each of them does. */
export const breaches: Readonly<Record<string, () => Breach>> = {
  'has no name': () => ({ files: () => ({ name: '' }) }),
  'has a journal from the start': () => ({
    open: async (_, inner) => {
      const files = await inner.open();
      if (files.log !== undefined) return files;
      await files.begin();
      await files.replace();
      return files;
    },
  }),
  'makes a journal where it is to reopen one': () => ({
    files: (files) => ({
      reopen: async () => {
        if (files.log === undefined) {
          await files.begin();
          await files.replace();
        }
        return files.reopen();
      },
    }),
  }),
  'lets two open it': () => {
    let opened: Promise<JournalFiles> | undefined;
    return { open: (_, inner) => (opened ??= inner.open()) };
  },
  'looks for others, and then waits before it locks': () => {
    let users = 0;
    let opened: JournalFiles | undefined;
    return {
      open: async (_, inner) => {
        if (users > 0) return inner.open();
        await Promise.resolve();
        users++;
        opened = users === 1 ? await inner.open() : opened!;
        return opened;
      },
      files: (files) => ({
        close: async () => {
          users = 0;
          await files.close();
        },
      }),
    };
  },
  'unlocks whenever it is closed': () => {
    let current: JournalFiles | undefined;
    return {
      open: async (_, inner) => {
        current = await inner.open();
        return current;
      },
      files: () => ({ close: () => current!.close() }),
    };
  },
  'begins with a record': () => ({
    files: (files) => ({
      begin: async () => {
        const log = await files.begin();
        await log.append(0, [new Uint8Array(1)]);
        return log;
      },
    }),
  }),
  'gives all journals one id': () => ({ log: () => ({ id: new Uint8Array(16) }) }),
  'gives short ids': () => ({ log: ({ id }) => ({ id: id.subarray(0, 8) }) }),
  'counts what was begun': () => ({
    files: (files) => {
      let begun = false;
      return {
        begin: async () => {
          begun = true;
          return files.begin();
        },
        replace: async () => {
          begun = false;
          await files.replace();
        },
        discard: async () => {
          begun = false;
          await files.discard();
        },
        close: async () => {
          if (begun) await files.replace();
          begun = false;
          await files.close();
        },
      };
    },
  }),
  'appends to what was begun': () => {
    let target: JournalLog | undefined;
    return {
      files: (files) => ({
        begin: async () => {
          const begun = await files.begin();
          target = begun;
          return begun;
        },
        replace: async () => {
          target = undefined;
          await files.replace();
        },
      }),
      log: (log) => ({
        append: (expected, records) =>
          target === undefined || target.id === log.id
            ? log.append(expected, records)
            : target.append(target.head, records),
      }),
    };
  },
  'goes on by another handle': () => ({
    files: (files) => ({
      replace: async () => {
        await files.replace();
        await files.reopen();
      },
    }),
  }),
  'replaces nothing': () => ({ files: () => ({ replace: async () => {} }) }),
  'replaces the first journal only': () => ({
    files: (files) => ({
      replace: () => (files.log === undefined ? files.replace() : files.discard()),
    }),
  }),
  'answers whoever has a handle from before': () => ({
    log: (log) => ({
      append: (expected, records) =>
        log.append(expected, records).catch((error) => {
          if (error.reason !== 'LOG_CLOSED') throw error;
          return expected + records.length;
        }),
    }),
  }),
  'discards nothing': () => ({ files: () => ({ discard: async () => {} }) }),
  'cannot discard what was not begun': () => {
    let isBegun = false;
    return {
      files: (files) => ({
        begin: () => {
          isBegun = true;
          return files.begin();
        },
        replace: () => {
          isBegun = false;
          return files.replace();
        },
        discard: () => (isBegun ? files.discard() : Promise.reject(new Error('nothing begun'))),
      }),
    };
  },
  'reopens without a new handle': () => ({
    files: (files) => ({
      reopen: async () => files.log ?? files.reopen(),
    }),
  }),
  'keeps nothing when it is closed': () => {
    let inner = memoryStorage();
    return {
      open: () => inner.open(),
      files: (files) => ({
        close: async () => {
          await files.close();
          inner = memoryStorage();
        },
      }),
    };
  },
  'forgets an append under way when it is closed': () => {
    let isClosed = false;
    return {
      files: (files) => ({
        close: async () => {
          isClosed = true;
          await files.close();
          isClosed = false;
        },
      }),
      log: (log) => ({
        append: async (expected, records) => {
          await Promise.resolve();
          if (isClosed) throw new Error('gone');
          return log.append(expected, records);
        },
      }),
    };
  },
  'cannot be closed twice': () => ({
    files: (files) => {
      let isClosed = false;
      return {
        close: async () => {
          if (isClosed) throw new Error('closed already');
          isClosed = true;
          await files.close();
        },
      };
    },
  }),
  'begins another when it is closed': () => ({
    files: (files) => {
      let begun: JournalLog | undefined;
      return {
        begin: async () => {
          begun ??= await files.begin();
          return begun;
        },
        replace: () => {
          begun = undefined;
          return files.replace();
        },
        discard: () => {
          begun = undefined;
          return files.discard();
        },
      };
    },
  }),
  'is read when it is closed': () => ({
    log: (log) => ({
      read: async function* (after) {
        try {
          yield* log.read(after);
        } catch {}
      },
    }),
  }),
  'appends at any head': () => ({
    log: (log) => ({ append: (_, records) => log.append(log.head, records) }),
  }),
  'answers with the head from before': () => ({
    log: (log) => ({
      append: async (expected, records) => {
        await log.append(expected, records);
        return expected;
      },
    }),
  }),
  'moves the head at once': () => ({
    log: (log) => {
      let early = 0;
      return {
        get head() {
          return log.head + early;
        },
        append: async (expected, records) => {
          early = records.length;
          const appended = log.append(expected, records);
          return appended.finally(() => {
            early = 0;
          });
        },
      };
    },
  }),
  'refuses empty groups': () => ({
    log: (log) => ({
      append: async (expected, records) => {
        if (records.length === 0) throw new Error('nothing to append');
        return log.append(expected, records);
      },
    }),
  }),
  'takes the records later': () => ({
    log: (log) => ({
      append: async (expected, records) => {
        await Promise.resolve();
        return log.append(expected, records);
      },
    }),
  }),
  'keeps the whole buffer of a view': () => ({
    log: (log) => ({
      append: (expected, records) =>
        log.append(
          expected,
          records.map(({ buffer }) => new Uint8Array(buffer)),
        ),
    }),
  }),
  'drops empty records': () => ({
    log: (log) => ({
      append: (expected, records) =>
        log.append(
          expected,
          records.filter(({ length }) => length > 0),
        ),
    }),
  }),
  'cuts records of more than a MiB': () => ({
    log: (log) => ({
      append: (expected, records) =>
        log.append(
          expected,
          records.map((record) => record.subarray(0, 1 << 20)),
        ),
    }),
  }),
  'gives its own bytes': () => ({
    log: (log) => {
      const given: Uint8Array[] = [];
      return {
        read: async function* (after) {
          for await (const { first, records } of log.read(after)) {
            for (const [index, record] of records.entries()) given[first + index] ??= record;
            yield { first, records: records.map((_, index) => given[first + index]!) };
          }
        },
      };
    },
  }),
  'is read from its start always': () => ({ log: (log) => ({ read: () => log.read(0) }) }),
  'gives everything at once': () => ({
    log: (log) => ({
      read: async function* (after) {
        const all: LogSlice[] = [];
        for await (const slice of log.read(after)) all.push(slice);
        yield { first: after + 1, records: all.flatMap(({ records }) => records) };
      },
    }),
  }),
  'gives what was appended meanwhile': () => ({
    log: (log) => ({
      read: async function* (after) {
        for (let from = after; from < log.head; ) {
          for await (const slice of log.read(from)) {
            yield slice;
            from += slice.records.length;
          }
        }
      },
    }),
  }),
  'is read once': () => ({
    log: (log) => {
      let isRead = false;
      return {
        read: async function* (after) {
          if (isRead) throw new Error('read already');
          isRead = true;
          yield* log.read(after);
        },
      };
    },
  }),
  'turns groups of three round': () => ({
    log: (log) => ({
      append: (expected, records) =>
        log.append(expected, records.length === 3 ? records.toReversed() : records),
    }),
  }),
  'adds to a group of one': () => ({
    log: (log) => ({
      append: (expected, [first, ...records]) =>
        log.append(
          expected,
          first === undefined ? [] : [first, ...records, ...(records.length > 0 ? [] : [first])],
        ),
    }),
  }),
};

/** Storage in memory with that breach. */
export function brokenStorage(breach: Breach): ClientStorage {
  const inner = memoryStorage();
  const logs = new WeakMap<JournalLog, JournalLog>();
  const logOf = (log: JournalLog): JournalLog => {
    const known = logs.get(log) ?? withOwn(log, breach.log?.(log) ?? {});
    logs.set(log, known);
    return known;
  };
  const storage: ClientStorage = {
    open: async () => {
      const files = await (breach.open?.(storage, inner) ?? inner.open());
      const broken = withOwn(files, breach.files?.(files) ?? {});
      return withOwn(broken, {
        get log() {
          return files.log && logOf(files.log);
        },
        begin: async () => logOf(await broken.begin()),
        reopen: async () => logOf(await broken.reopen()),
      });
    },
  };
  return storage;
}

/** What an object has, but for what is given. */
function withOwn<Type extends object>(inner: Type, own: Partial<Type>): Type {
  return new Proxy(inner, {
    get: (_, name) => {
      const value = Reflect.get(name in own ? own : inner, name);
      return typeof value === 'function' ? value.bind(name in own ? own : inner) : value;
    },
  });
}
