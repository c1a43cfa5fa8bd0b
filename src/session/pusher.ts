import { Code, SyncError } from '../base/errors.ts';
import { maySpeakAs } from './handshake.ts';
import type { Handshake } from './messages.ts';
import type { Identity } from './source.ts';

/** Who pushes. */
export interface Pusher {
  /** The id that it has, and those that it had. */
  readonly replicas: readonly string[];
  /** It pushes for anybody. */
  readonly relay: boolean;
}

/** Who speaks in a handshake: under its former ids as far as the identity may speak as them. */
export function pusherOf(
  { replica, former }: Handshake,
  identity: Identity,
  relay: boolean,
): Pusher {
  return { replicas: [replica, ...former.filter((id) => maySpeakAs(identity, id))], relay };
}

/** PERMISSION_DENIED FOREIGN_WRITER where a transaction, named by its path, is of another. */
export function checkWriter({ replicas, relay }: Pusher, writer: string, path: string): void {
  if (relay || replicas.includes(writer)) return;
  const field = `${path}.replica_id`;
  const description = 'only a relay may push transactions of other replicas';
  throw new SyncError(Code.permissionDenied, 'FOREIGN_WRITER', `${field}: ${description}`, {
    fields: [{ field, description }],
  });
}
