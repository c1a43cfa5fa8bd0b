import { bytesEqual } from '../../base/bytes.ts';
import { Code } from '../../base/errors.ts';
import {
  fails,
  failsWith,
  hasRecords,
  logOf,
  type NamedCase,
  record,
  same,
  sameBytes,
} from './tried-store.ts';

/** The promises of `ClientStorage` and `JournalFiles`. */
export const filesCases: readonly NamedCase[] = [
  [
    'a new storage has a name and no journal, and is still new when it is opened again',
    async (store) => {
      const files = await store.open();
      same(files.log, undefined, 'the journal of a new storage');
      same(files.name.length > 0, true, 'whether it has a name');
      same((await store.again(files)).log, undefined, 'the journal of a new storage');
    },
  ],
  [
    'a new storage has nothing to reopen: STORAGE_DAMAGED',
    async (store) => {
      const files = await store.open();
      await failsWith(files.reopen(), Code.dataLoss, 'STORAGE_DAMAGED');
    },
  ],
  [
    'a storage that is open is not opened again: LOG_LOCKED',
    async (store) => {
      const files = await store.open();
      const locked = () => failsWith(store.open(), Code.failedPrecondition, 'LOG_LOCKED');
      await locked();
      const begun = await files.begin();
      await begun.append(0, [record(1)]);
      await locked();
      await files.replace();
      await locked();
      await files.reopen();
      await locked();
      await hasRecords(logOf(await store.again(files)), 1);
    },
  ],
  [
    'of two that open it at once one is refused, and the other has it',
    async (store) => {
      await (await store.filled(1)).close();
      const both = await Promise.allSettled([store.open(), store.open()]);
      const opened = both.filter(({ status }) => status === 'fulfilled');
      same(opened.length, 1, 'how many opened it');
      const [winner] = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      await hasRecords(logOf(winner!), 1);
    },
  ],
  [
    'one that was closed twice does not let go of what somebody else has opened meanwhile',
    async (store) => {
      const files = await store.filled(1);
      const other = await store.again(files);
      await files.close();
      await failsWith(store.open(), Code.failedPrecondition, 'LOG_LOCKED');
      await logOf(other).append(1, [record(2)]);
      await hasRecords(logOf(other), 1, 2);
    },
  ],
  [
    'a journal that was begun is empty, and has an id of its own',
    async (store) => {
      const files = await store.filled(1);
      const begun = await files.begin();
      await hasRecords(begun);
      same(begun.id.length, 16, 'the length of an id');
      same(bytesEqual(begun.id, logOf(files).id), false, 'whether the ids are the same');
      await files.discard();
      const next = await files.begin();
      same(bytesEqual(begun.id, next.id), false, 'whether the ids are the same');
    },
  ],
  [
    'a journal that was begun counts for nothing in a storage that is opened again',
    async (store) => {
      const first = await store.open();
      await (await first.begin()).append(0, [record(9)]);
      same(first.log, undefined, 'the journal of a new storage');
      const second = await store.again(first);
      same(second.log, undefined, 'the journal of a new storage');
      await second.close();
      const files = await store.filled(1, 2);
      await (await files.begin()).append(0, [record(9), record(8), record(7)]);
      await hasRecords(logOf(files), 1, 2);
      await hasRecords(logOf(await store.again(files)), 1, 2);
    },
  ],
  [
    'the journal that counts takes appends while another is written, and neither has the records of the other',
    async (store) => {
      const files = await store.filled(1);
      const begun = await files.begin();
      await begun.append(0, [record(9)]);
      await logOf(files).append(1, [record(2)]);
      await begun.append(1, [record(8)]);
      await logOf(files).append(2, [record(3)]);
      await hasRecords(begun, 9, 8);
      await hasRecords(logOf(files), 1, 2, 3);
    },
  ],
  [
    'a journal takes the place of another whole, goes on by the same handle, and is what is found from then on',
    async (store) => {
      const files = await store.filled(1, 2, 3);
      const begun = await files.begin();
      await begun.append(0, [record(9)]);
      await begun.append(1, [record(8)]);
      await files.replace();
      same(files.log, begun, 'the journal that counts');
      await begun.append(2, [record(7)]);
      const found = logOf(await store.again(files));
      await hasRecords(found, 9, 8, 7);
      sameBytes(found.id, begun.id, 'the id');
    },
  ],
  [
    'a journal whose place was taken takes nothing any more',
    async (store) => {
      const files = await store.filled(1);
      const former = logOf(files);
      await (await files.begin()).append(0, [record(9)]);
      await files.replace();
      await fails(former.append(1, [record(2)]));
      await hasRecords(logOf(await store.again(files)), 9);
    },
  ],
  [
    'journals take the place of others as often as one likes',
    async (store) => {
      let files = await store.filled(1);
      for (let round = 2; round < 8; round++) {
        await (await files.begin()).append(0, [record(round)]);
        await files.replace();
        if (round % 2 === 0) files = await store.again(files);
        await logOf(files).append(1, [record(round + 100)]);
        await hasRecords(logOf(files), round, round + 100);
      }
      await hasRecords(logOf(await store.again(files)), 7, 107);
    },
  ],
  [
    'a journal that was begun is given up, the old one goes on, and another can be begun',
    async (store) => {
      const files = await store.filled(1);
      await files.discard();
      const begun = await files.begin();
      await begun.append(0, [record(9)]);
      await files.discard();
      await files.discard();
      await fails(begun.append(1, [record(8)]));
      await logOf(files).append(1, [record(2)]);
      await (await files.begin()).append(0, [record(7)]);
      await files.replace();
      await hasRecords(logOf(await store.again(files)), 7);
    },
  ],
  [
    'reopened it has what was there, by a handle of its own, and what was begun is given up',
    async (store) => {
      const files = await store.filled(1, 2);
      const former = logOf(files);
      const id = former.id.slice();
      const begun = await files.begin();
      await begun.append(0, [record(9)]);
      const log = await files.reopen();
      same(files.log, log, 'the journal that counts');
      sameBytes(log.id, id, 'the id');
      await fails(former.append(2, [record(8)]));
      await fails(begun.append(1, [record(8)]));
      await log.append(2, [record(3)]);
      await hasRecords(log, 1, 2, 3);
      await (await files.begin()).append(0, [record(7)]);
      await files.replace();
      await hasRecords(await files.reopen(), 7);
    },
  ],
  [
    'what was appended is there when it was closed and opened again',
    async (store) => {
      let files = await store.filled(1, 2);
      const id = logOf(files).id.slice();
      for (const number of [3, 4, 5]) {
        files = await store.again(files);
        await logOf(files).append(number - 1, [record(number)]);
      }
      const log = logOf(await store.again(files));
      await hasRecords(log, 1, 2, 3, 4, 5);
      sameBytes(log.id, id, 'the id');
    },
  ],
  [
    'an append that is under way when it is closed is finished first',
    async (store) => {
      const files = await store.filled(1);
      const appended = logOf(files).append(1, [record(2)]);
      // How it went is asked for below.
      appended.catch(() => {});
      const again = await store.again(files);
      same(await appended, 2, 'the new head');
      await hasRecords(logOf(again), 1, 2);
    },
  ],
  [
    'closed it takes nothing and gives nothing, LOG_CLOSED, and may be closed again',
    async (store) => {
      const files = await store.filled(1);
      const log = logOf(files);
      await Promise.all([files.close(), files.close()]);
      await files.close();
      await failsWith(log.append(1, [record(2)]), Code.failedPrecondition, 'LOG_CLOSED');
      const read = log.read(0)[Symbol.asyncIterator]();
      await failsWith(read.next(), Code.failedPrecondition, 'LOG_CLOSED');
      await hasRecords(logOf(await store.open()), 1);
    },
  ],
  [
    'closed it begins, replaces and reopens nothing, LOG_CLOSED, whoever has opened it meanwhile',
    async (store) => {
      const files = await store.filled(1);
      await (await files.begin()).append(0, [record(9)]);
      await files.close();
      const refused = async () => {
        await failsWith(files.begin(), Code.failedPrecondition, 'LOG_CLOSED');
        await failsWith(files.replace(), Code.failedPrecondition, 'LOG_CLOSED');
        await failsWith(files.reopen(), Code.failedPrecondition, 'LOG_CLOSED');
        await files.discard();
      };
      await refused();
      const other = await store.open();
      await refused();
      await logOf(other).append(1, [record(2)]);
      await hasRecords(logOf(await store.again(other)), 1, 2);
    },
  ],
];
