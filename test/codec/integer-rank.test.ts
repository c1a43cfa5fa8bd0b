import fc from 'fast-check';
import { integerRank } from '../../src/codec/integer-rank.ts';
import { integerContract, predictionContract } from './contract/integer-contract.ts';

integerContract(integerRank, fc.tuple(fc.nat(4)));

predictionContract(integerRank, [2]);
