import { describe, expect, it } from 'vitest';
import { bytesAbout, type Transaction } from '../../src/change/transaction.ts';
import { PushColumns } from '../../src/session/push-columns.ts';
import { newsTable, putEdit } from '../support/sim-schema.ts';
import { transactionOf } from './support/messages.ts';

const few = [1, 2, 3].map((counter) => transactionOf('p', counter));
const some = [...few, transactionOf('p', 4)];
const sizeOf = (batch: readonly Transaction[]) =>
  batch.reduce((sum, { changes }) => sum + bytesAbout(changes), 0);

describe('a push', () => {
  it('goes by columns where the server undoes them, as the client prefers', () => {
    const columns = new PushColumns(['zstd', 'deflate']);
    const agreed = (...taken: ('none' | 'zstd' | 'deflate')[]) => {
      columns.welcomed(taken);
      return columns.compressionOf(some);
    };
    expect(agreed('none', 'deflate', 'zstd')).toBe('zstd');
    expect(agreed('none', 'deflate')).toBe('deflate');
    expect(agreed('none')).toBe('none');
    expect(agreed()).toBeUndefined();
    columns.welcomed(undefined);
    expect([columns.compressionOf(some), columns.share]).toEqual([undefined, 1]);
    expect(columns.bytesMax).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes in rows where it has fewer than four changes, or more than a MiB', () => {
    const columns = new PushColumns(['zstd']);
    columns.welcomed(['zstd']);
    expect(columns.compressionOf(few)).toBeUndefined();
    expect(columns.compressionOf(some)).toBe('zstd');
    const news = [1, 2, 3, 4].map((at) => putEdit(newsTable, `n${at}`, {}));
    expect(columns.compressionOf([transactionOf('p', 1, ...news)])).toBe('zstd');
    const large = (rest: number) =>
      transactionOf('p', 5, putEdit(newsTable, 'n', { text: 'x'.repeat(rest) }));
    const over = sizeOf([...some, large(1 << 20)]) - columns.bytesMax;
    expect(columns.compressionOf([...some, large((1 << 20) - over)])).toBe('zstd');
    expect(columns.compressionOf([...some, large((1 << 20) - over + 1)])).toBeUndefined();
  });
});

describe('the share of its bytes', () => {
  it('is a quarter before any went, and then that of the last', () => {
    const columns = new PushColumns(['zstd']);
    columns.welcomed(['zstd']);
    expect(columns.share).toBe(0.25);
    columns.sends(some, true);
    expect(columns.took(sizeOf(some) / 8)).toBe(true);
    expect(columns.share).toBe(1 / 8);
    // Once for each.
    expect(columns.took(1)).toBe(false);
    expect(columns.share).toBe(1 / 8);
  });

  it('is between a thirty-second and all', () => {
    const columns = new PushColumns(['zstd']);
    columns.welcomed(['zstd']);
    columns.sends(some, true);
    columns.took(1);
    expect(columns.share).toBe(1 / 32);
    columns.sends(some, true);
    columns.took(2 * sizeOf(some));
    expect(columns.share).toBe(1);
  });

  it('is not told by what went in rows', () => {
    const columns = new PushColumns(['zstd']);
    columns.welcomed(['zstd']);
    columns.sends(some, false);
    expect(columns.took(9)).toBe(false);
    expect(columns.share).toBe(0.25);
  });
});
