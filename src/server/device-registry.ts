import type { Clock, Timer } from '../base/clock.ts';
import { Code, SyncError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { type DeviceFacts, deviceCells, devicesIn } from '../replica/device-rows.ts';
import type { Home } from '../replica/home.ts';
import type { OwnRow } from '../replica/own-row.ts';
import { systemTables } from '../replica/system-rows.ts';
import type { SyncSource } from '../session/source.ts';
import {
  Device,
  type DeviceCall,
  type DeviceStream,
  endReason,
  newDevice,
  type StoredCursor,
} from './device.ts';
import { DeviceSurplus } from './device-surplus.ts';
import { DeviceWriter } from './device-writer.ts';
import { type Greeting, keepable } from './greeting.ts';

export interface DeviceRegistryOptions {
  readonly home: Home;
  readonly source: SyncSource;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Orders a commit of the home's own. */
  readonly submit: (make: (nowMs: number) => Uint8Array | undefined) => Promise<void>;
  /** Told of errors that nobody can be told of, but for those of a log that takes nothing just now. */
  readonly onError: (error: unknown) => void;
}

/**
 * The devices of a database: what becomes of them is kept here as it happens, and written to the log in commits of many
 * rows, soon where one comes or goes and now and then while they talk. Nothing is written where nothing has changed.
 * A restart begins with the rows of the log.
 */
export class DeviceRegistry {
  private readonly options: DeviceRegistryOptions;
  /** By replica id, in the order in which they were last seen to come or go. */
  private readonly devices = new Map<string, Device>();
  /** Numbers below `numbersEnd` that no device has. */
  private readonly free: number[] = [];
  private numbersEnd = 0;
  /** Being removed: their rows are not written any more. */
  private readonly leaving = new Set<Device>();
  private readonly writer: DeviceWriter;
  private readonly surplus: DeviceSurplus;

  constructor(options: DeviceRegistryOptions) {
    this.options = options;
    const { home, limits, timer, submit } = options;
    const writeMs = limits.devicesWriteMs;
    const onError = (error: unknown) => {
      if (!isPassing(error)) options.onError(error);
    };
    this.writer = new DeviceWriter({
      ...{ home, timer, writeMs, submit, onError },
      rowOf: (device) => this.rowOf(device),
    });
    const stored = devicesIn(home.state);
    stored.sort((left, right) => lastSeenMs(left) - lastSeenMs(right));
    // A server that was killed may have left two rows of a device that came back: the older one goes.
    const older: number[] = [];
    for (const facts of stored) {
      const { id } = facts;
      if (this.devices.has(id)) older.push(this.devices.get(id)!.number);
      this.seen(new Device(facts));
    }
    const taken = new Set(stored.map(({ number }) => number));
    const numbers = [...older, ...this.takeSurplus()];
    this.surplus = new DeviceSurplus({
      ...{ numbers, timer, onFailure: onError },
      remove: (some) => this.removeSurplus(some),
    });
    for (const { number } of stored) this.numbersEnd = Math.max(this.numbersEnd, number + 1);
    for (let number = this.numbersEnd - 1; number >= 0; number--) {
      if (!taken.has(number)) this.free.push(number);
    }
  }

  /** The devices by replica id. */
  list(): Device[] {
    return [...this.devices.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** What is known of a device, as of now. */
  factsOf(device: Device): DeviceFacts {
    return device.facts(this.options.source.logId, this.options.limits);
  }

  /** A device began a stream, which `end` ends. Undefined where all the devices that are kept have streams. */
  connected(
    greeting: Greeting,
    cursor: StoredCursor,
    end: (error: SyncError) => void,
  ): DeviceStream | undefined {
    const device = this.greeted(greeting);
    if (device === undefined) return undefined;
    device.stands(cursor);
    this.note(device, true);
    const stream: DeviceStream = {
      received: (bytes) => {
        device.received(bytes, this.nowMs);
        this.note(device, false);
      },
      sent: (bytes, message) => {
        device.sent(bytes, this.nowMs);
        device.told(message);
        this.note(device, false);
      },
      close: (error) => {
        if (!device.streams.delete(stream)) return;
        if (device.streams.size === 0) this.settle(device);
        device.ended(endReason(error), this.nowMs);
        if (this.devices.get(device.id) === device) this.seen(device);
        this.note(device, true);
      },
      end,
    };
    device.streams.add(stream);
    return stream;
  }

  /** A device called, without a stream. Undefined where there is no room for it. */
  called(greeting: Greeting, cursor?: StoredCursor): DeviceCall | undefined {
    const device = this.calledBy(greeting, cursor);
    if (device === undefined) return undefined;
    return {
      over: (bytesIn, bytesOut) => {
        device.received(bytesIn, this.nowMs);
        device.sent(bytesOut, this.nowMs);
        this.note(device, false);
      },
      told: (message) => {
        device.told(message);
        this.note(device, false);
      },
      settled: (outcomes) => {
        device.settled(outcomes);
        this.note(device, false);
      },
    };
  }

  /**
   * Does what follows a greeting. Where that throws, it is known of the device that it was refused, and why: it may have an
   * app that is too old. Unless it may not be who it says.
   */
  greets<T>(greeting: Greeting, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const kept = keepable(greeting, this.options.limits);
      if (kept !== undefined) this.calledBy(kept)?.ended(endReason(error), this.nowMs);
      throw error;
    }
  }

  /** Resolves when the row is gone, durably. NOT_FOUND UNKNOWN_DEVICE. */
  async remove(id: string): Promise<void> {
    const device = this.devices.get(id);
    if (device === undefined) throw unknownDevice(id);
    this.leaving.add(device);
    try {
      const { home, submit } = this.options;
      await submit((nowMs) => home.keep([this.row(device, undefined)], nowMs));
    } catch (error) {
      this.leaving.delete(device);
      this.note(device, false);
      throw error;
    }
    this.leaving.delete(device);
    this.forget(device);
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    await this.surplus.close();
    await this.writer.close();
  }

  /** Those above the limit are kept no more: the ones that were unseen for the longest. Returns the numbers of their rows. */
  private takeSurplus(): number[] {
    const count = Math.max(0, this.devices.size - this.options.limits.devicesMax);
    const surplus = [...this.devices.values()].slice(0, count);
    for (const { id } of surplus) this.devices.delete(id);
    return surplus.map(({ number }) => number);
  }

  /** Their numbers are given again only then: else a row would go that is of another by now. */
  private async removeSurplus(numbers: readonly number[]): Promise<void> {
    const { home, submit } = this.options;
    const rows = numbers.map((number) => this.row({ number }, undefined));
    await submit((nowMs) => home.keep(rows, nowMs));
    this.free.push(...numbers);
  }

  private get nowMs(): number {
    return this.options.clock.nowMs();
  }

  private greeted(greeting: Greeting): Device | undefined {
    const { replica } = greeting.handshake;
    const device = this.devices.get(replica) ?? this.made(replica);
    if (device === undefined) return undefined;
    this.seen(device);
    device.greeted(greeting, this.nowMs);
    return device;
  }

  /** Who was seen last is last. */
  private seen(device: Device): void {
    this.devices.delete(device.id);
    this.devices.set(device.id, device);
  }

  private calledBy(greeting: Greeting, cursor?: StoredCursor): Device | undefined {
    const isNew = !this.devices.has(greeting.handshake.replica);
    const device = this.greeted(greeting);
    if (device === undefined) return undefined;
    // What it says on a stream that is open is newer.
    if (cursor !== undefined && device.streams.size === 0) {
      device.stands(cursor);
      this.settle(device);
    }
    this.note(device, isNew);
    return device;
  }

  private made(id: string): Device | undefined {
    const number = this.takeNumber();
    return number === undefined ? undefined : newDevice(id, number, this.nowMs);
  }

  /** That of the device which was unseen for the longest, where there are as many as may be. */
  private takeNumber(): number | undefined {
    if (this.devices.size < this.options.limits.devicesMax) {
      return this.free.pop() ?? this.numbersEnd++;
    }
    for (const device of this.devices.values()) {
      if (device.streams.size > 0 || this.leaving.has(device)) continue;
      this.devices.delete(device.id);
      this.writer.drop(device);
      return device.number;
    }
    return undefined;
  }

  /** Its cursor says no more: it is read, and let go of. */
  private settle(device: Device): void {
    this.factsOf(device);
    device.stands(undefined);
  }

  private forget(device: Device): void {
    if (this.devices.get(device.id) !== device) return;
    this.devices.delete(device.id);
    this.writer.drop(device);
    this.free.push(device.number);
    this.options.source.parts.drop(device.id, Number.MAX_SAFE_INTEGER);
    for (const { end } of [...device.streams]) end(deviceRemoved());
  }

  private note(device: Device, isUrgent: boolean): void {
    if (this.devices.get(device.id) === device) this.writer.note(device, isUrgent);
  }

  private rowOf(device: Device): OwnRow | undefined {
    if (this.devices.get(device.id) !== device || this.leaving.has(device)) return undefined;
    const { schema } = this.options.home;
    return this.row(device, deviceCells(schema, this.factsOf(device)));
  }

  private row({ number }: Pick<Device, 'number'>, cells: OwnRow['cells']): OwnRow {
    const { device } = systemTables(this.options.home.schema);
    return { table: device, key: String(number), cells };
  }
}

/** Whether an error says that the log takes nothing just now: that is told as the state of the database. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  return error.code === Code.unavailable || error.code === Code.resourceExhausted;
}

function lastSeenMs({ greetedMs, endedMs }: DeviceFacts): number {
  return Math.max(greetedMs, endedMs);
}

/** NOT_FOUND UNKNOWN_DEVICE. */
function unknownDevice(id: string): SyncError {
  const description = `no device ${JSON.stringify(id)} is registered`;
  return new SyncError(Code.notFound, 'UNKNOWN_DEVICE', `replica_id: ${description}`, {
    fields: [{ field: 'replica_id', description }],
  });
}

/** UNAVAILABLE DEVICE_REMOVED: it may come again. */
function deviceRemoved(): SyncError {
  const message = 'an operator has removed this device from the registry: connect again';
  return new SyncError(Code.unavailable, 'DEVICE_REMOVED', message, { retryDelayMs: 1_000 });
}
