import fc from 'fast-check';
import { integerOffset } from '../../src/codec/integer-offset.ts';
import { integerContract } from './contract/integer-contract.ts';

integerContract(integerOffset, fc.constant([]));
