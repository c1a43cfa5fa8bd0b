import type { Random } from './random.ts';
import { words } from './words.ts';

/** Words without any order, each as often as any other. */
export function sentence(random: Random, count: number): string {
  const chosen = Array.from({ length: count }, () => words[random.below(words.length)]!);
  return flat(chosen.join(' '));
}

const hex = Buffer.alloc(16);

/** A UUID, version 4. */
export function uuid(random: Random): string {
  for (let at = 0; at < 16; at += 4) hex.writeUInt32BE(random.bits(), at);
  hex[6] = (hex[6]! & 0x0f) | 0x40;
  hex[8] = (hex[8]! & 0x3f) | 0x80;
  const text = hex.toString('hex');
  const parts = [8, 12, 16, 20].map((end, index) => text.slice([0, 8, 12, 16][index], end));
  return flat(`${parts.join('-')}-${text.slice(20)}`);
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID: the milliseconds since 1970 in ten letters, then sixteen by chance. */
export function ulid(atMs: number, random: Random): string {
  let text = '';
  for (let rest = atMs, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) {
    text = crockford[rest % 32] + text;
  }
  for (let digit = 0; digit < 16; digit++) text += crockford[random.below(32)];
  return flat(text);
}

/** Sentences as people write them: few words often, many seldom, a capital letter first and a stop behind. */
export function prose(random: Random, count: number): string {
  const parts: string[] = [];
  let starts = true;
  for (let left = count; left > 0; left--) {
    const word = oftenFirst(words, random);
    const ends = left === 1 || random.below(11) === 0;
    const stop = ends ? (random.below(8) === 0 ? '?' : '.') : random.below(14) === 0 ? ',' : '';
    parts.push((starts ? word[0]!.toUpperCase() + word.slice(1) : word) + stop);
    starts = ends;
  }
  return flat(parts.join(' '));
}

/** One of `all`: those in front often, those at the end seldom. */
export function oftenFirst<Item>(all: readonly Item[], random: Random): Item {
  return all[Math.floor(all.length * random.next() ** 3)]!;
}

/** A string in one piece, as a parser would make it, and not one that refers to the pieces it was made of. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
