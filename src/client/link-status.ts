import type { SyncError } from '../base/errors.ts';
import type { Status, SyncProgress } from './status.ts';

/**
 * What a client says of its link, from what happens to it:
 *
 * ```
 * offline --connect--> connecting --welcome--> syncing --checkpoint--> live --progress--> syncing
 *   connecting, syncing, live --failed--> connecting, until `attemptsMax` have failed in a row; then offline
 *   offline --failed--> offline        offline --welcome--> syncing
 *   any --failed for good--> blocked --connect--> connecting        any --disconnect--> offline
 * ```
 *
 * Only a checkpoint ends a row of failures: a server that greets and breaks off again is none that is reached.
 */
export class LinkStatus {
  private readonly attemptsMax: number;
  private readonly onChange: (status: Status) => void;
  private current: Status = { state: 'offline', error: undefined, attempts: 0 };
  private attempts = 0;

  constructor(attemptsMax: number, onChange: (status: Status) => void) {
    this.attemptsMax = attemptsMax;
    this.onChange = onChange;
  }

  get status(): Status {
    return this.current;
  }

  /** It is to be tried now, whatever was before; nothing changes where there is a link. */
  connect(): void {
    const { state } = this.current;
    if (state === 'syncing' || state === 'live') return;
    const isFirst = state === 'connecting' && this.attempts === 0;
    this.attempts = 0;
    if (!isFirst) this.become({ state: 'connecting', error: undefined, attempts: 0 });
  }

  /** Another conversation is begun in the place of the one that is open, at once; with the error for the sake of that. */
  restart(error?: SyncError): void {
    const { state } = this.current;
    if (state === 'syncing' || state === 'live') {
      this.become({ state: 'connecting', error, attempts: this.attempts });
    }
  }

  welcome(): void {
    this.become({ state: 'syncing', progress: undefined });
  }

  progress(progress: SyncProgress): void {
    this.become({ state: 'syncing', progress });
  }

  /** A checkpoint is shown; with an error what is written here is not sent. */
  live(error: SyncError | undefined): void {
    this.attempts = 0;
    const { current } = this;
    const isSame =
      current.state === 'live' && (current.error === undefined) === (error === undefined);
    if (!isSame) this.become({ state: 'live', error });
  }

  /** An attempt has failed, or the link broke. It is tried again by itself unless that cannot help. */
  failed(error: SyncError, isRetried: boolean): void {
    if (!isRetried) {
      this.become({ state: 'blocked', error });
      return;
    }
    const attempts = ++this.attempts;
    const state = attempts < this.attemptsMax ? 'connecting' : 'offline';
    this.become({ state, error, attempts });
  }

  disconnect(): void {
    this.attempts = 0;
    const { current } = this;
    const isSame = current.state === 'offline' && current.error === undefined;
    if (!isSame) this.become({ state: 'offline', error: undefined, attempts: 0 });
  }

  private become(status: Status): void {
    this.current = status;
    this.onChange(status);
  }
}
