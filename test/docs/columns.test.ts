/** That docs/columns.md has every codec by its number, and the limits and numbers that the code has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { deltaBlockFormat } from '../../src/change/delta-block.ts';
import { depthMax } from '../../src/codec/batch.ts';
import { blockFormat } from '../../src/codec/block.ts';
import { streamBytesMin } from '../../src/codec/block-writer.ts';
import { ranksMax } from '../../src/codec/context-ranks.ts';
import { packedFormat } from '../../src/codec/packed.ts';
import { wordsMax } from '../../src/codec/word-codes.ts';
import { codecsOf, type FamilyName } from '../vectors/support/families.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/columns.md'), 'utf8');
const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;

const headings: Readonly<Record<FamilyName, string>> = {
  integers: 'Integers',
  longs: 'Longs',
  floats: 'Floats',
  bytes: 'Byte strings',
  texts: 'Strings',
};

describe('the page', () => {
  test.each(Object.keys(codecsOf) as FamilyName[])('has the codecs of %s', (family) => {
    const section = page.split(`\n### ${headings[family]}\n`)[1]!.split(/\n##/)[0]!;
    const rows = [...section.matchAll(/^\| (\d+ [a-z ]+) \|/gm)].map(([, row]) => row);
    expect(rows.sort()).toEqual(codecsOf[family].map(({ id, name }) => `${id} ${name}`).sort());
  });

  test('has the formats by their first bytes', () => {
    for (const text of [
      `${hex(blockFormat.magic)}, the letter C\nbyte         ${hex(blockFormat.version)}, the version`,
      `${hex(deltaBlockFormat.letter)}, the letter D`,
      `${hex(packedFormat.magic)}, the letter P`,
      `${hex(packedFormat.version)} or ${hex(packedFormat.shortVersion)}, the version`,
      blockFormat.compressions.map((name, at) => `${at} ${name}`)[0]!,
    ])
      expect(page).toContain(text);
    expect(blockFormat.compressions).toEqual(['none', 'zstd', 'deflate']);
  });

  test('has the limits', () => {
    const number = (value: number) => value.toLocaleString('en-US');
    for (const text of [
      `with n below ${streamBytesMin}`,
      `of at most ${ranksMax}, empty at first`,
      `varint size (${number(wordsMax)} at most)`,
      `stand at most ${depthMax} deep`,
      `more than ${defaultLimits.messageBytesMax / 1_048_576} MiB`,
      `more than ${number(deltaBlockFormat.rowsMax)} rows`,
      `more than ${number(defaultLimits.messageBytesMax)} (2^23)`,
      `messages deeper than ${defaultLimits.nestingDepthMax}`,
    ])
      expect(page.replaceAll(/\s+/g, ' ')).toContain(text);
  });
});
