import { createGunzip, createInflate } from 'node:zlib';
import { status } from '@grpc/grpc-js';

export interface UnzipOptions {
  /** Bytes of a message once it is unzipped. */
  readonly bytesMax: number;
  /** Told of these bytes as they come to be. */
  readonly onBytes: (bytes: number) => void;
}

/** What grpc-js ends a call with. */
interface Failure {
  readonly code: number;
  readonly details: string;
}

const headBytes = 5;

/**
 * Unzips the messages of a call one at a time: each when those before it were read. A kilobyte can become a megabyte, and
 * grpc-js would unzip all that has come, whoever reads it.
 */
export class Unzip {
  private readonly options: UnzipOptions;
  private begun = 0;
  private heard = 0;
  private isOver = false;
  private waiting: (() => void)[] = [];

  constructor(options: UnzipOptions) {
    this.options = options;
  }

  /** A message as it came, with its head, as the reader is to have it. Rejects with a status. */
  message(framed: Buffer, encoding: string): Buffer | Promise<Buffer> {
    const bytes = framed.subarray(headBytes);
    const before = this.begun++;
    if (encoding === 'identity') return bytes;
    if (encoding !== 'gzip' && encoding !== 'deflate') return Promise.reject(unknown(encoding));
    return this.inTurn(before).then(() => this.unzipped(bytes, encoding));
  }

  /** A message was read. */
  read(): void {
    this.heard++;
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Nobody reads any more: what is left stays as it is. */
  close(): void {
    this.isOver = true;
    this.waiting = [];
  }

  private async inTurn(before: number): Promise<void> {
    while (this.heard < before || this.isOver) {
      await new Promise<void>((resolve) => {
        if (!this.isOver) this.waiting.push(resolve);
      });
    }
  }

  private unzipped(bytes: Buffer, encoding: 'gzip' | 'deflate'): Promise<Buffer> {
    const { bytesMax, onBytes } = this.options;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const unzip = encoding === 'gzip' ? createGunzip() : createInflate();
    const parts: Buffer[] = [];
    let length = 0;
    unzip.on('data', (part: Buffer) => {
      if (this.isOver) {
        unzip.destroy();
        return;
      }
      length += part.length;
      onBytes(part.length);
      if (length > bytesMax) {
        unzip.destroy();
        reject(tooLarge(bytesMax));
      } else parts.push(part);
    });
    unzip.on('end', () => resolve(Buffer.concat(parts)));
    unzip.on('error', () => reject(damaged()));
    unzip.end(bytes);
    return promise;
  }
}

// The words are those of grpc-js, whose place this takes.

function unknown(encoding: string): Failure {
  const name = JSON.stringify(encoding.slice(0, 100));
  const details = `Received message compressed with unsupported encoding ${name}`;
  return { code: status.UNIMPLEMENTED, details };
}

function tooLarge(bytesMax: number): Failure {
  const details = `Received message that decompresses to a size larger than ${bytesMax}`;
  return { code: status.RESOURCE_EXHAUSTED, details };
}

function damaged(): Failure {
  return { code: status.INTERNAL, details: 'Failed to decompress message' };
}
