import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/base/errors.ts';
import { diskFull, headMoved } from '../../src/log/log-errors.ts';
import { fromStoreError, toStoreError } from '../../src/log/store-messages.ts';

describe('an error that crosses the thread', () => {
  it.each([diskFull('/some.log', new Error('full')), headMoved(3, 4)])(
    'keeps all that a program reads: $reason',
    (error) => {
      const { code, reason, message, metadata, retryDelayMs } = error;
      const crossed = fromStoreError(structuredClone(toStoreError(error)));
      expect(crossed).toBeInstanceOf(SyncError);
      expect(crossed).toMatchObject({ code, reason, message, metadata });
      expect(crossed.retryDelayMs).toBe(retryDelayMs);
    },
  );
});
