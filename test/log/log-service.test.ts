import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLogService } from '../../src/log/log-service.ts';
import { packRecords, unpackRecords } from '../../src/log/record-pack.ts';
import { records } from './support/records.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

describe('a log as its thread serves it', () => {
  it('answers each request with what the store says', () => {
    const { opened, answer, close } = openLogService(join(makeFolder(), 'test.log'));
    expect(opened).toMatchObject({ kind: 'opened', head: 0, trimmed: 0, epoch: 0 });
    const append = {
      kind: 'append',
      expectedHead: 0,
      records: packRecords(records(1, 3)),
    } as const;
    expect(answer(append)).toEqual({ kind: 'appended', head: 3 });
    expect(answer({ kind: 'trim', upto: 1 })).toEqual({ kind: 'trimmed', trimmed: 1 });
    const slice = answer({ kind: 'read', after: 1, upto: 3 });
    expect(slice.kind === 'slice' && unpackRecords(slice.records)).toEqual(records(2, 2));
    close();
  });
});
