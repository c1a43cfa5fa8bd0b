import { describe, expect, it } from 'vitest';
import type { SyncError } from '../../src/base/errors.ts';
import * as errors from '../../src/log/log-errors.ts';

const cause = new Error('disk I/O error');
const path = '/data/team.log';

describe('an error of the log', () => {
  it.each<[string, number, SyncError, object]>([
    ['LOG_HEAD_MOVED', 10, errors.headMoved(3, 4), { expected: '3', head: '4' }],
    ['LOG_TRIMMED', 9, errors.logTrimmed(3, 4), { after: '3', trimmed: '4' }],
    ['LOG_CLOSED', 9, errors.logClosed(), {}],
    ['LOG_STOPPED', 14, errors.logStopped(path), { path }],
    ['LOG_STOPPED', 14, errors.logStopped(path, cause), { path }],
    ['LOG_OUTCOME_UNKNOWN', 14, errors.outcomeUnknown(path, cause), { path }],
    ['LOG_DISK_FULL', 8, errors.diskFull(path, cause), { path }],
    ['LOG_CORRUPT', 15, errors.logCorrupt(path, 7, 'it is gone'), { path, position: '7' }],
    ['LOG_CORRUPT', 15, errors.logCorrupt(path, undefined, 'it is gone'), { path }],
    ['LOG_READ_FAILED', 14, errors.readFailed(path, 7, cause), { path, position: '7' }],
    ['NOT_A_LOG', 15, errors.notALog(path), { path }],
    ['LOG_VERSION', 9, errors.logVersion(path, 2, 1), { path, found: '2', known: '1' }],
    ['LOG_LOCKED', 9, errors.logLocked(path, cause), { path }],
    ['LOG_CANNOT_OPEN', 9, errors.cannotOpen(path, cause), { path }],
  ])('is one line with its facts apart: %s', (reason, code, error, metadata) => {
    expect(error).toMatchObject({ reason, code });
    expect(error.metadata).toEqual(metadata);
    expect(error.message).not.toContain('\n');
    if ('path' in metadata) expect(error.message).toContain(path);
  });

  it('says when to try again only where nothing was appended for certain', () => {
    expect(errors.diskFull(path, cause).retryDelayMs).toBe(1_000);
    expect(errors.outcomeUnknown(path, cause).retryDelayMs).toBeUndefined();
  });

  it('says what lies below it, where that is known', () => {
    expect(errors.logStopped(path, cause).message).toContain('(disk I/O error)');
    expect(errors.logStopped(path).message).not.toContain('(');
  });
});
