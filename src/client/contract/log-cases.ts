import { Code } from '../../base/errors.ts';
import { type LogSlice, sliceBytesMax, sliceRecordsMax } from '../../log/log.ts';
import type { JournalLog } from '../journal-files.ts';
import {
  failsWith,
  hasRecords,
  logOf,
  type NamedCase,
  record,
  recordsOf,
  same,
  sameRecords,
} from './tried-store.ts';

/** The promises of `Log` that a journal has to keep. */
export const logCases: readonly NamedCase[] = [
  [
    'an append resolves with the new head, which is then the head',
    async (store) => {
      const log = logOf(await store.filled(1));
      same(await log.append(1, [record(2), record(3)]), 3, 'the new head');
      same(await log.append(3, [record(4)]), 4, 'the new head');
      await hasRecords(log, 1, 2, 3, 4);
    },
  ],
  [
    'the head does not move before the records are stored',
    async (store) => {
      const log = logOf(await store.filled(1));
      const appended = log.append(1, [record(2)]);
      same(log.head, 1, 'the head');
      await appended;
      same(log.head, 2, 'the head');
    },
  ],
  [
    'an append at another head is refused, LOG_HEAD_MOVED, and nothing of it is there',
    async (store) => {
      const files = await store.filled(1, 2);
      const log = logOf(files);
      for (const expected of [0, 1, 3]) {
        const refused = log.append(expected, [record(9)]);
        const { metadata } = await failsWith(refused, Code.aborted, 'LOG_HEAD_MOVED');
        same(metadata.expected, `${expected}`, 'the expected head that the error names');
        same(metadata.head, '2', 'the head that the error names');
      }
      same(await log.append(2, [record(3)]), 3, 'the new head');
      await hasRecords(logOf(await store.again(files)), 1, 2, 3);
    },
  ],
  [
    'an empty group adds nothing, and holds the head against what is expected',
    async (store) => {
      const files = await store.filled(1);
      const log = logOf(files);
      same(await log.append(1, []), 1, 'the new head');
      await failsWith(log.append(0, []), Code.aborted, 'LOG_HEAD_MOVED');
      await hasRecords(logOf(await store.again(files)), 1);
    },
  ],
  [
    'records are copied before the call returns, and the caller keeps its own',
    async (store) => {
      const log = logOf(await store.filled(1));
      const bytes = record(2);
      const appended = log.append(1, [bytes]);
      sameRecords([bytes], [record(2)]);
      bytes.fill(0xff);
      await appended;
      await hasRecords(log, 1, 2);
    },
  ],
  [
    'a record may be a view into a larger buffer',
    async (store) => {
      const files = await store.filled(1);
      const whole = record(7, 100);
      await logOf(files).append(1, [whole.subarray(10, 20), whole.subarray(90)]);
      const found = await recordsOf(logOf(await store.again(files)), 1);
      sameRecords(found, [whole.slice(10, 20), whole.slice(90)]);
    },
  ],
  [
    'empty records and records of several MiB are kept as they are',
    async (store) => {
      const files = await store.filled(1);
      const mixed = [new Uint8Array(0), record(2, 5 << 20), new Uint8Array(0), record(4)];
      await logOf(files).append(1, mixed);
      sameRecords(await recordsOf(logOf(await store.again(files)), 1), mixed);
    },
  ],
  [
    'the bytes that are read are the reader’s to change',
    async (store) => {
      const log = logOf(await store.filled(1, 2));
      for (const bytes of await recordsOf(log)) bytes.fill(0xff);
      await hasRecords(log, 1, 2);
    },
  ],
  [
    'it is read behind any position, in order; at the head and behind there is nothing',
    async (store) => {
      const log = logOf(await store.filled(1, 2, 3, 4));
      for (const after of [0, 1, 3, 4, 9]) {
        const wanted = [1, 2, 3, 4].slice(after).map((number) => record(number));
        sameRecords(await recordsOf(log, after), wanted);
      }
    },
  ],
  [
    'many records come in slices of bounded size, none of them empty',
    async (store) => {
      const files = await store.filled(1);
      const half = Math.ceil(sliceBytesMax / 2);
      const records = Array.from({ length: 2 * sliceRecordsMax + 4 }, (_, index) =>
        record(index, index < 2 * sliceRecordsMax ? 3 : half),
      );
      await logOf(files).append(1, records);
      const slices = await slicesOf(logOf(await store.again(files)), 1);
      for (const { records: slice } of slices) {
        same(slice.length > 0, true, 'whether a slice has a record');
        same(slice.length <= sliceRecordsMax, true, 'whether a slice has 1,000 records at most');
        const bytes = slice.slice(0, -1).reduce((sum, { length }) => sum + length, 0);
        same(bytes < sliceBytesMax, true, 'whether a slice ends with the record that fills a MiB');
      }
      sameRecords(
        slices.flatMap((slice) => slice.records),
        records,
      );
    },
  ],
  [
    'a read gives what was there when it was asked for, and appends go through meanwhile',
    async (store) => {
      const log = logOf(await store.filled(1));
      const records = Array.from({ length: 3 * sliceRecordsMax }, (_, index) => record(index));
      let head = await log.append(1, records);
      const wanted = head;
      let found = 0;
      for await (const slice of log.read(0)) {
        found += slice.records.length;
        // Else it would never end.
        if (found > wanted) break;
        head = await log.append(head, [record(head)]);
      }
      same(found, wanted, 'how many records were read');
      same((await recordsOf(log)).length, head, 'how many records there are');
    },
  ],
  [
    'a read may be left early, and several may go on at once',
    async (store) => {
      const log = logOf(await store.filled(1, 2, 3));
      for await (const { first } of log.read(0)) {
        same(first, 1, 'the position of the first record');
        break;
      }
      const [all, some] = await Promise.all([recordsOf(log), recordsOf(log, 2)]);
      same(all.length, 3, 'how many records were read');
      sameRecords(some, [record(3)]);
      await log.append(3, [record(4)]);
      await hasRecords(log, 1, 2, 3, 4);
    },
  ],
  [
    'many groups, one after the other, are all there, in order',
    async (store) => {
      const files = await store.filled(0);
      const log = logOf(files);
      let head = 1;
      for (let round = 1; round <= 60; round++) {
        const group = Array.from({ length: round % 4 }, (_, index) => record(head + index));
        head = await log.append(head, group);
      }
      const numbers = Array.from({ length: head }, (_, index) => index);
      await hasRecords(logOf(await store.again(files)), ...numbers);
    },
  ],
];

async function slicesOf(log: JournalLog, after: number): Promise<LogSlice[]> {
  const slices: LogSlice[] = [];
  for await (const slice of log.read(after)) slices.push(slice);
  return slices;
}
