import { fromBinary, toJson } from '@bufbuild/protobuf';
import { DeviceInfoSchema } from '../../gen/es/syncdb/v1/admin_service_pb.ts';
import { DeviceInfo, type ListDevicesResponse } from '../../gen/ts/syncdb/v1/admin_service.ts';
import { answered } from '../client/answered.ts';
import { badOption } from './option-error.ts';
import { type CommandStreams, write } from './output.ts';
import { grouped } from './progress.ts';
import { type Remote, withRemote } from './remote/remote.ts';
import type { RemoteOptions } from './remote/remote-options.ts';
import { whenLoaded } from './remote/when-loaded.ts';
import { jsonText } from './rows/json-text.ts';
import { TextTable } from './rows/text-table.ts';
import { timeText } from './rows/time-text.ts';
import { byteText, seqText } from './units.ts';

/** The options of `syncdb devices`. */
export interface DevicesOptions extends RemoteOptions {
  /** Those with an open Sync stream only. */
  readonly online: boolean;
  /** Those without one only. */
  readonly offline: boolean;
  /** Replica id of a device to forget. */
  readonly remove?: string;
  /** A table on a terminal, else lines of JSON. */
  readonly format?: 'table' | 'ndjson';
}

/** Devices of one call. */
const pageSize = 500;

/** `syncdb devices`: writes what a server knows of the devices of a database, or has it forget one. */
export async function devices(options: DevicesOptions, { stdout }: CommandStreams): Promise<void> {
  const { online, offline, remove } = options;
  if (online && offline)
    throw badOption('online', 'with --offline there is none: give one of the two');
  await withRemote(options, async (remote) => {
    if (remove !== undefined) {
      const { admin, database, metadata, deadline, timeoutMs } = remote;
      const request = { database, replicaId: remove };
      await whenLoaded(timeoutMs, () =>
        answered((done) => admin.removeDevice(request, metadata, deadline(), done)),
      );
      return;
    }
    const format = options.format ?? (stdout.isTTY === true ? 'table' : 'ndjson');
    const table = new TextTable(
      [
        'device',
        'name',
        'state',
        'last seen',
        'stored',
        'ordered',
        'refused',
        'conflicts',
        'sent',
        'received',
      ],
      [false, false, false, false, true, true, true, true, true, true],
    );
    for await (const page of pagesOf(remote, online === offline ? undefined : online)) {
      const lines =
        format === 'table' ? table.lines(page.devices.map(cellsOf)) : page.devices.map(jsonLine);
      await write(stdout, lines.map((line) => `${line}\n`).join(''));
      if (format === 'table' && page.nextPageToken === '') {
        const { totalCount, onlineCount } = page;
        await write(
          stdout,
          `${grouped(totalCount)} ${totalCount === 1 ? 'device' : 'devices'}, ${grouped(onlineCount)} online\n`,
        );
      }
    }
  });
}

async function* pagesOf(
  { admin, database, metadata, deadline, timeoutMs }: Remote,
  online: boolean | undefined,
): AsyncGenerator<ListDevicesResponse> {
  let pageToken = '';
  do {
    const request = { database, online, pageSize, pageToken };
    const list = () =>
      answered<ListDevicesResponse>((done) =>
        admin.listDevices(request, metadata, deadline(), done),
      );
    const page = await whenLoaded(timeoutMs, list);
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

/** The canonical JSON of a DeviceInfo. */
function jsonLine(device: DeviceInfo): string {
  return jsonText(
    toJson(DeviceInfoSchema, fromBinary(DeviceInfoSchema, DeviceInfo.encode(device).finish())),
  );
}

function cellsOf({ device, streamCount }: DeviceInfo): string[] {
  if (device === undefined) return [];
  const { id, name, lastInAt, lastOutAt, storedSeq } = device;
  const seen = [lastInAt, lastOutAt].map((time) => timeText(time) ?? '').sort();
  return [
    id,
    name,
    streamCount > 0 ? 'online' : 'offline',
    seen.at(-1)!.slice(0, 19).replace(/T/, ' '),
    storedSeq === 0n ? '' : seqText(storedSeq),
    ...[device.committedCount, device.refusedCount, device.conflictCount].map((count) =>
      grouped(Number(count)),
    ),
    ...[device.bytesIn, device.bytesOut].map((bytes) => byteText(Number(bytes))),
  ];
}
