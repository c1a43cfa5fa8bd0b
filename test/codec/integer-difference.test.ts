import fc from 'fast-check';
import { integerDifference } from '../../src/codec/integer-difference.ts';
import { integerContract, predictionContract } from './contract/integer-contract.ts';

integerContract(
  integerDifference,
  fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 })),
);

predictionContract(integerDifference, [1, 0]);
