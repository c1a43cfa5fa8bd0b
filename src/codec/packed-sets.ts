import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';

/** Highest number of a field in Protocol Buffers. */
const fieldNumberMax = 0x1fffffff;

/** Distinct lists of numbers by the order in which they first come; most have one number. */
export class SetPlaces {
  readonly sets: (readonly number[])[] = [];
  private readonly places = new Map<number | string, number>();

  placeOf(set: readonly number[]): number {
    const key = set.length === 1 ? set[0]! : set.join();
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.sets.push(set) - 1;
      this.places.set(key, place);
    }
    return place;
  }
}

/** Sets of scopes, each by its place in a list of names: a list of lists of varints. */
export function writeScopeSets(out: ByteWriter, sets: readonly (readonly number[])[]): void {
  out.varint(sets.length);
  for (const set of sets) {
    out.varint(set.length);
    for (const place of set) out.varint(place);
  }
}

/** What `writeScopeSets` wrote, with the names. DATA_LOSS MALFORMED_BYTES where it cannot have. */
export function readScopeSets(reader: ByteReader, scopes: readonly string[]): string[][] {
  const sets: string[][] = [];
  for (let left = reader.count(); left > 0; left--) {
    const set: string[] = [];
    for (let members = reader.count(); members > 0; members--) {
      const scope = scopes[reader.varint()];
      if (scope === undefined) throw reader.fail('a scope set has an unknown scope');
      set.push(scope);
    }
    sets.push(set);
  }
  return sets;
}

/** Sets of fields, by their numbers, which ascend: each as its difference from the one before, the first from 0. */
export function writeFieldSets(out: ByteWriter, sets: readonly (readonly number[])[]): void {
  out.varint(sets.length);
  for (const set of sets) {
    out.varint(set.length);
    let last = 0;
    for (const number of set) {
      assert(number > last, 'the fields of a patch ascend');
      out.varint(number - last);
      last = number;
    }
  }
}

/** What `writeFieldSets` wrote. DATA_LOSS MALFORMED_BYTES where it cannot have. */
export function readFieldSets(reader: ByteReader): number[][] {
  const sets: number[][] = [];
  for (let left = reader.count(); left > 0; left--) {
    const set: number[] = [];
    let last = 0;
    for (let members = reader.count(); members > 0; members--) {
      const number = last + reader.varint();
      if (number === last || number > fieldNumberMax) {
        throw reader.fail('the fields of a set do not ascend');
      }
      set.push(number);
      last = number;
    }
    sets.push(set);
  }
  return sets;
}
