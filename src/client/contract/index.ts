export { type ContractCase, type ContractStore, storageContract } from './storage-contract.ts';
