import { describe, expect, it } from 'vitest';
import { checkExposure, isLoopback, parseAddress } from '../../src/server/listen-address.ts';

describe('an address to listen on', () => {
  it('is host and port, the host of IPv6 in brackets', () => {
    expect(parseAddress('127.0.0.1:50051')).toEqual({ host: '127.0.0.1', port: 50_051 });
    expect(parseAddress('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(parseAddress('localhost:1')).toEqual({ host: 'localhost', port: 1 });
  });

  it.each(['', 'localhost', ':50051', '127.0.0.1:', '127.0.0.1:65536', '::1:50051', 'unix:/tmp/x'])(
    'is not %j',
    (address) => {
      expect(() => parseAddress(address)).toThrow(
        expect.objectContaining({ reason: 'BAD_ADDRESS' }),
      );
    },
  );

  it.each([
    ['127.0.0.1', true],
    ['127.9.8.7', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.2', false],
    ['example.org', false],
    // A name is resolved by others.
    ['127.0.0.1.example.org', false],
  ])('%s is of this machine alone: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  it('[P27] that others can reach is refused until somebody checks who calls, or the operator insists', () => {
    expect(() => checkExposure('0.0.0.0:1', false, false)).toThrow(
      expect.objectContaining({ reason: 'NOT_LOOPBACK' }),
    );
    checkExposure('0.0.0.0:1', true, false);
    checkExposure('0.0.0.0:1', false, true);
    checkExposure('127.0.0.1:1', false, false);
  });
});
