import type { Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';

/** The same credentials; `onSocket` is told of each TCP connection that is made with them. */
export function toldCredentials(
  credentials: ChannelCredentials,
  onSocket: (socket: Socket) => void,
): ChannelCredentials {
  const told = Object.create(credentials) as ChannelCredentials;
  told._createSecureConnector = (...target) => {
    const connector = credentials._createSecureConnector(...target);
    const connect = connector.connect.bind(connector);
    connector.connect = (socket) => {
      onSocket(socket);
      return connect(socket);
    };
    return connector;
  };
  return told;
}
