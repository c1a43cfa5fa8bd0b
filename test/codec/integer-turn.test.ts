import fc from 'fast-check';
import { integerTurn } from '../../src/codec/integer-turn.ts';
import { integerContract, predictionContract } from './contract/integer-contract.ts';

integerContract(integerTurn, fc.tuple(fc.nat(4), fc.constantFrom(1, 2)));

predictionContract(integerTurn, [1, 2]);
