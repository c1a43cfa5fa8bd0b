import fc from 'fast-check';
import { integerHalves } from '../../src/codec/integer-halves.ts';
import { integerContract } from './contract/integer-contract.ts';

integerContract(integerHalves, fc.constant([]));
