import { create, toBinary } from '@bufbuild/protobuf';
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { prepareTransaction } from '../../../src/merge/prepared.ts';
import type { Submission } from '../../../src/replica/submission.ts';
import { createSchema } from '../../../src/schema/schema.ts';
import { fieldSchema } from '../../support/test-server.ts';

export const schema = createSchema(fieldSchema);

/** A transaction that puts stations: one, of a key that is its counter's, or so many. */
export function submission(counter: number, replica = 'r', rows = 1): Submission {
  const transaction = {
    replica,
    counter,
    previousDigest: new Uint8Array(0),
    stamp: 0,
    schemaVersion: 0,
    changes: Array.from({ length: rows }, (_, index) => ({
      operation: 'put' as const,
      table: 'test.v1.Station',
      key: '',
      row: toBinary(
        StationSchema,
        create(StationSchema, { id: `s${counter}${index === 0 ? '' : `-${index}`}` }),
      ),
      fields: [],
      base: 0,
      baseCounter: 0,
      ifMatch: '',
      ifNoneMatch: false,
      baseAbsent: false,
    })),
  };
  const prepared = prepareTransaction(schema, defaultLimits, transaction, 't');
  return { prepared, mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true };
}
