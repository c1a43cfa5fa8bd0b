import fc from 'fast-check';
import { integerTotal } from '../../src/codec/integer-total.ts';
import { integerContract, predictionContract } from './contract/integer-contract.ts';

integerContract(integerTotal, fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat(4), fc.nat(4)));

predictionContract(integerTotal, [1, 1, 2]);
