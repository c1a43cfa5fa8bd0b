import type { Timer } from '../base/clock.ts';
import type { Home } from '../replica/home.ts';
import type { OwnRow } from '../replica/own-row.ts';
import type { Device } from './device.ts';

export interface DeviceWriterOptions {
  readonly home: Home;
  readonly timer: Timer;
  /** Milliseconds after which changes that are not urgent are written. */
  readonly writeMs: number;
  /** The row of a device as of now; undefined where it is not to be written any more. */
  readonly rowOf: (device: Device) => OwnRow | undefined;
  /** Orders a commit of the home's own. */
  readonly submit: (make: (nowMs: number) => Uint8Array | undefined) => Promise<void>;
  /** Told why something was not written just now. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds after which urgent changes are written. */
const urgentMs = 1_000;

/** Rows of one commit: a few milliseconds, which is all that a team's own, that may come just then, waits for. */
const rowsPerCommit = 100;

/**
 * Writes what has changed of devices to the log: many rows in one commit, however often each has changed, and nothing where
 * nothing has.
 */
export class DeviceWriter {
  private readonly options: DeviceWriterOptions;
  /** What the log does not have: all of it, and that which is urgent. */
  private readonly changed = new Set<Device>();
  private readonly urgent = new Set<Device>();
  private stopUrgent: (() => void) | undefined;
  private stopRest: (() => void) | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: DeviceWriterOptions) {
    this.options = options;
  }

  /** A device has changed. */
  note(device: Device, isUrgent: boolean): void {
    this.changed.add(device);
    if (isUrgent) this.urgent.add(device);
    if (this.closed) return;
    const { timer, writeMs } = this.options;
    if (isUrgent) this.stopUrgent ??= timer(urgentMs, () => this.writeUrgent());
    this.stopRest ??= timer(writeMs, () => this.writeAll());
  }

  /** Nothing of it is to be written any more. */
  drop(device: Device): void {
    this.changed.delete(device);
    this.urgent.delete(device);
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.closed = true;
    this.stopUrgent?.();
    this.stopRest?.();
    await this.writing;
    await this.write(this.changed);
  }

  private writeUrgent(): void {
    this.stopUrgent = undefined;
    this.begin(this.urgent);
  }

  private writeAll(): void {
    this.stopRest = undefined;
    this.begin(this.changed);
  }

  private begin(devices: Set<Device>): void {
    this.writing = this.writing.then(() => this.write(devices));
  }

  /** Some at a time. What the log does not take just now is written later. */
  private async write(devices: Set<Device>): Promise<void> {
    const { home, submit, rowOf, onError } = this.options;
    // What changes meanwhile has its own time: else this would go on as long as devices talk.
    const due = [...devices];
    while (due.length > 0) {
      const some = due.splice(0, rowsPerCommit).filter((device) => devices.has(device));
      for (const device of some) this.drop(device);
      const rows = () => some.flatMap((device) => rowOf(device) ?? []);
      try {
        await submit((nowMs) => home.keep(rows(), nowMs));
      } catch (error) {
        onError(error);
        for (const device of some) this.note(device, false);
        return;
      }
    }
  }
}
