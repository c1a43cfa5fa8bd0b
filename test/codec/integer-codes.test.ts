import fc from 'fast-check';
import { integerCodes } from '../../src/codec/integer-codes.ts';
import { integerContract } from './contract/integer-contract.ts';

integerContract(integerCodes, fc.constant([]));
