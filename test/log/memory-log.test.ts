import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { describeLogContract } from './contract.ts';
import { readAll, records, rejection } from './support/records.ts';

const id = new Uint8Array(16).fill(7);

describeLogContract({
  name: 'the memory log',
  persists: false,
  makeFixture: () => ({ open: async () => createMemoryLog({ id }), dispose: () => {} }),
});

describeLogContract({
  name: 'a memory log whose records are kept',
  persists: true,
  makeFixture: () => {
    const kept = { records: [], trimmed: 0 };
    return { open: async () => createMemoryLog({ id, kept }), dispose: () => {} };
  },
});

describe('the memory log', () => {
  it('starts with copies of the id and records it is given', async () => {
    const given = records(1, 2);
    const givenId = Uint8Array.from(id);
    const log = createMemoryLog({ id: givenId, records: given });
    givenId.fill(0);
    given[0]!.fill(0);
    expect([log.id, log.head]).toEqual([id, 2]);
    expect(await readAll(log, 0)).toEqual(records(1, 2));
  });

  it('[I2] holds an append back as long as its delay says, and close with it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const log = createMemoryLog({ id, delay: () => promise });
    const appended = log.append(0, records(1, 1));
    let closed = false;
    const closing = log.close().then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect([log.head, closed]).toEqual([0, false]);
    resolve();
    expect(await appended).toBe(1);
    await closing;
  });

  it('[I9] appends nothing more after a delay that fails', async () => {
    const failure = new Error('the disk is on fire');
    const log = createMemoryLog({ id, delay: () => Promise.reject(failure) });
    await expect(log.append(0, records(1, 1))).rejects.toBe(failure);
    expect((await rejection(log.append(0, records(1, 1)))).reason).toBe('LOG_STOPPED');
    expect(log.head).toBe(0);
    await log.close();
  });

  it('closes in peace while an append fails', async () => {
    const log = createMemoryLog({ id, delay: () => Promise.reject(new Error('no')) });
    const appended = log.append(0, records(1, 1));
    await log.close();
    await expect(appended).rejects.toThrow('no');
  });
});
