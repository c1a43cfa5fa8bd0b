import fc from 'fast-check';
import { integerLinear } from '../../src/codec/integer-linear.ts';
import { integerContract, predictionContract } from './contract/integer-contract.ts';

integerContract(
  integerLinear,
  fc.oneof(
    fc.tuple(fc.nat(4), fc.integer({ min: -9_000, max: 9_000 }), fc.integer({ min: 0, max: 12 })),
    fc.tuple(fc.nat(4), fc.maxSafeInteger(), fc.integer({ min: 0, max: 40 })),
  ),
);

predictionContract(integerLinear, [1, 9, 2]);
