import { totalmem } from 'node:os';
import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const pattern = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i;

/** Bytes of a size as people write it: `2GiB`, `512 MiB`, or a number of bytes. At least one byte. */
export function parseByteSize(text: string): number {
  const [, number, unit] = pattern.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit?.toLowerCase() ?? ''] ?? Number.NaN));
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('It must be a size such as 2GiB, 512MiB, or a number of bytes.');
  }
  return bytes;
}

/** What a database may take at least: less leaves no room for rows beside its own tables. */
const memoryBytesMin = 16 * 2 ** 20;

/** Bytes of a size that a database may take. */
export function parseMemorySize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes < memoryBytesMin) throw new InvalidArgumentError('It must be 16MiB or more.');
  return bytes;
}

/** What is left is for connections, the log's worker, and what is copied while it grows. */
const databaseShare = 0.6;

/** What a database may take of the memory that this process may: of the machine's, or its container's where that is less. */
export function memoryBytesDefault(
  machineBytes = totalmem(),
  containerBytes = process.constrainedMemory(),
): number {
  // No limit is told by 0, or by more than there is.
  const bytes = containerBytes > 0 ? Math.min(machineBytes, containerBytes) : machineBytes;
  return Math.floor(bytes * databaseShare);
}
