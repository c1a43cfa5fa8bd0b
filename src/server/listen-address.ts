import { BlockList, isIP } from 'node:net';
import { Code, invalidField, SyncError } from '../base/errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Host and port of an address such as `127.0.0.1:50051`, `[::1]:0` or `localhost:50051`. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw invalidField('address', 'BAD_ADDRESS', `${JSON.stringify(address)} is not host:port`);
  }
  return { host: match[1] ?? match[2]!, port };
}

/** Whether only processes of this machine can reach the host. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * FAILED_PRECONDITION NOT_LOOPBACK for an address that others can reach while nobody checks who calls: an
 * authoriser is to be configured, or the operator says that it is meant so.
 */
export function checkExposure(address: string, authorised: boolean, insecure: boolean): void {
  if (authorised || insecure || isLoopback(parseAddress(address).host)) return;
  throw new SyncError(
    Code.failedPrecondition,
    'NOT_LOOPBACK',
    `${address} can be reached from other machines: configure an authoriser, or pass --insecure to let everyone in`,
  );
}
