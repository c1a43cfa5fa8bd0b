import { create, toBinary } from '@bufbuild/protobuf';
import { StationSchema } from '../../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../../src/base/limits.ts';
import { prepareTransaction } from '../../../src/merge/prepared.ts';
import type { Submission } from '../../../src/replica/submission.ts';
import { createSchema } from '../../../src/schema/schema.ts';
import { fieldSchema } from '../../support/test-server.ts';

export const schema = createSchema(fieldSchema);

/** A transaction that puts one station, of a key that is its counter's. */
export function submission(counter: number, replica = 'r'): Submission {
  const row = toBinary(StationSchema, create(StationSchema, { id: `s${counter}` }));
  const transaction = {
    replica,
    counter,
    previousDigest: new Uint8Array(0),
    stamp: 0,
    schemaVersion: 0,
    changes: [
      {
        operation: 'put' as const,
        table: 'test.v1.Station',
        key: '',
        row,
        fields: [],
        base: 0,
        baseCounter: 0,
        ifMatch: '',
        ifNoneMatch: false,
        baseAbsent: false,
      },
    ],
  };
  const prepared = prepareTransaction(schema, defaultLimits, transaction, 't');
  return { prepared, mayRead: () => true, mayWrite: () => true, knowsOwnWrites: true };
}
