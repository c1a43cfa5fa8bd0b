import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOf } from '../../src/log/file-size.ts';
import { tempFolders } from './support/temp-folder.ts';

const makeFolder = tempFolders();

test('a file has its bytes, and one that is not there has none', () => {
  const path = join(makeFolder(), 'file');
  expect(sizeOf(path)).toBe(0);
  writeFileSync(path, 'three');
  expect(sizeOf(path)).toBe(5);
});
