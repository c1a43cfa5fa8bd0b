import fc from 'fast-check';
import { integerLag } from '../../src/codec/integer-lag.ts';
import { integerContract } from './contract/integer-contract.ts';

integerContract(integerLag, fc.tuple(fc.nat(50)));
