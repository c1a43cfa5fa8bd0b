import type { DescMessage } from '@bufbuild/protobuf';
import { type Client, open, sqliteStorage } from '../../src/index.ts';
import { type Link, startLink } from './link.ts';

/** A device of somebody: a client with its file, and the link that it has. */
export interface Device {
  readonly name: string;
  readonly link: Link;
  /** Another one each time the app is started. */
  readonly client: Client;
  /** Ends the app and starts it again, as if the device had been off. */
  restart(): Promise<void>;
  /** Connects where the link is there, and waits until both sides hold the same. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DeviceOptions {
  readonly name: string;
  /** `host:port`. */
  readonly server: string;
  /** Where its file is. */
  readonly path: string;
  readonly tables: readonly DescMessage[];
  readonly scopes: readonly string[];
}

export async function startDevice({
  name,
  server,
  path,
  tables,
  scopes,
}: DeviceOptions): Promise<Device> {
  const link = await startLink(server);
  const start = () =>
    open({
      url: link.address,
      database: 'example',
      schema: tables,
      scopes,
      replicaId: name.toLowerCase(),
      storage: sqliteStorage({ path }),
      retry: { delayMsMin: 10, delayMsMax: 50 },
    });
  let client = await start();
  return {
    name,
    link,
    get client() {
      return client;
    },
    restart: async () => {
      await client.close();
      client = await start();
    },
    sync: () => {
      client.nudge();
      return client.synced();
    },
    close: async () => {
      await client.close();
      link.close();
    },
  };
}
