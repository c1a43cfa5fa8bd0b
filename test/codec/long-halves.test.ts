import fc from 'fast-check';
import { longHalves } from '../../src/codec/long-halves.ts';
import { longContract } from './contract/long-contract.ts';

longContract(longHalves, fc.constant([]));
