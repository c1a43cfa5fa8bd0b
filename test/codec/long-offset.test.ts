import fc from 'fast-check';
import { longOffset } from '../../src/codec/long-offset.ts';
import { longContract } from './contract/long-contract.ts';

longContract(longOffset, fc.constant([]));
