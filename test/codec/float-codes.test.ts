import fc from 'fast-check';
import { floatCodes } from '../../src/codec/float-codes.ts';
import { floatContract } from './contract/float-contract.ts';

floatContract(floatCodes, fc.constant([]));
