import fc from 'fast-check';
import { floatDouble, floatSingle } from '../../src/codec/float-bits.ts';
import { floatContract } from './contract/float-contract.ts';

for (const codec of [floatSingle, floatDouble]) floatContract(codec, fc.constant([]));
