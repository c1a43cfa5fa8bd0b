import type {
  ListDevicesRequest,
  ListDevicesResponse,
} from '../../gen/ts/syncdb/v1/admin_service.ts';
import { invalidField } from '../base/errors.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { isReplicaId } from '../merge/prepared.ts';
import { decodeBase64Url, encodeBase64Url } from '../schema/base64url.ts';
import { deviceRowToWire } from '../wire/device-row.ts';
import type { Database } from './database.ts';

/** Devices of a page, where the request does not say, and at the most. */
const pageSizeDefault = 100;
const pageSizeMax = 1_000;

/** A page of the devices of a database. INVALID_ARGUMENT BAD_PAGE_SIZE or BAD_PAGE_TOKEN. */
export function devicePage(
  { devices, source }: Pick<Database, 'devices' | 'source'>,
  { online, pageSize, pageToken }: ListDevicesRequest,
): ListDevicesResponse {
  if (pageSize > pageSizeMax) {
    throw invalidField('page_size', 'BAD_PAGE_SIZE', `must not be above ${pageSizeMax}`);
  }
  const after = idOf(pageToken);
  const all = devices.list();
  const wanted = all.filter(({ id, streams }) => {
    return id > after && (online === undefined || online === streams.size > 0);
  });
  const page = wanted.slice(0, pageSize === 0 ? pageSizeDefault : pageSize);
  return {
    devices: page.map((device) => ({
      device: deviceRowToWire(devices.factsOf(device)),
      streamCount: device.streams.size,
      settledCounter: BigInt(source.settledOf(device.id).counter),
    })),
    nextPageToken: page.length < wanted.length ? tokenOf(page.at(-1)!.id) : '',
    totalCount: all.length,
    onlineCount: all.filter(({ streams }) => streams.size > 0).length,
  };
}

function tokenOf(id: string): string {
  return encodeBase64Url(encodeUtf8(id));
}

/** The id behind which a page begins. */
function idOf(token: string): string {
  if (token === '') return '';
  const bytes = decodeBase64Url(token);
  const id = bytes === undefined ? '' : new TextDecoder().decode(bytes);
  if (!isReplicaId(id)) throw invalidField('page_token', 'BAD_PAGE_TOKEN', 'is no page token');
  return id;
}
