import fc from 'fast-check';
import { integerBend, integerClimb, integerStep } from '../../src/codec/integer-steps.ts';
import { integerContract } from './contract/integer-contract.ts';

for (const codec of [integerStep, integerClimb, integerBend])
  integerContract(codec, fc.constant([]));
