import fc from 'fast-check';
import { longScaled } from '../../src/codec/long-scaled.ts';
import { longContract } from './contract/long-contract.ts';

longContract(longScaled, fc.tuple(fc.constantFrom(0, 3, 6, 9)));
