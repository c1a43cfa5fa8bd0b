import fc from 'fast-check';
import { floatDecimal, floatDecimalSingle } from '../../src/codec/float-decimal.ts';
import { floatContract } from './contract/float-contract.ts';

for (const codec of [floatDecimal, floatDecimalSingle]) {
  floatContract(codec, fc.tuple(fc.integer({ min: 0, max: 15 })));
}
