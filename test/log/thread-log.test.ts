import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { attachThreadLog } from '../../src/log/thread-log.ts';
import type { CrashPlan } from './support/crashing-worker.ts';
import { readAll, records, rejection, slicesOf } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

function openCrashing(plan: CrashPlan) {
  const file = join(import.meta.dirname, 'support', 'crashing-worker.ts');
  return attachThreadLog(new Worker(file, { workerData: plan }), plan.path);
}

describe('a log whose thread ends in the middle of an append', () => {
  it.each([
    ['before', 'throw', 2],
    ['before', 'exit', 2],
    ['after', 'throw', 5],
    ['after', 'exit', 5],
  ] as const)(
    '[I2][I9] %s it is durable, by %s: the outcome is unknown until it is opened again',
    async (...[when, how, head]) => {
      const path = join(makeFolder(), 'test.log');
      const log = await openCrashing({ path, when, how });
      await log.append(0, records(1, 2));

      const unknown = await rejection(log.append(2, records(3, 3)));
      expect(unknown).toMatchObject({
        code: 14,
        reason: 'LOG_OUTCOME_UNKNOWN',
        metadata: { path },
      });
      expect(String(unknown.cause)).toContain(
        how === 'throw' ? 'the thread has a bug' : 'undefined',
      );
      expect(log.head).toBe(2);

      const stopped = { code: 14, reason: 'LOG_STOPPED', metadata: { path } };
      expect(await rejection(log.append(2, records(3, 3)))).toMatchObject(stopped);
      expect(await rejection(slicesOf(log, 0))).toMatchObject(stopped);
      await log.close();

      const again = await openSqliteLog({ path });
      expect(await readAll(again, 0)).toEqual(records(1, head));
      await again.close();
    },
  );

  it('fails a read that waits for its next slice', async () => {
    const path = join(makeFolder(), 'test.log');
    const log = await openCrashing({ path, when: 'before', how: 'exit' });
    await log.append(0, records(1, 3_000));
    const reading = log.read(0)[Symbol.asyncIterator]();
    await reading.next();
    const appended = rejection(log.append(3_000, records(1, 1)));
    // The second slice was asked for before the append, and the third behind it.
    await reading.next();
    expect((await rejection(reading.next())).reason).toBe('LOG_STOPPED');
    expect((await appended).reason).toBe('LOG_OUTCOME_UNKNOWN');
    await log.close();
  });
});

describe('a log whose thread does not start', () => {
  it('says so where its file is missing', async () => {
    const path = join(makeFolder(), 'test.log');
    const worker = new Worker(join(import.meta.dirname, 'support', 'no-such-file.ts'));
    const error = await rejection(attachThreadLog(worker, path));
    expect(error).toMatchObject({ code: 9, reason: 'LOG_CANNOT_OPEN', metadata: { path } });
    expect(error.message).toContain('no-such-file.ts');
  });
});
