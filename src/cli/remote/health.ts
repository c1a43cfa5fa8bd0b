import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatusSchema,
  HealthCheckResponseSchema,
} from '../../../gen/es/grpc/health/v1/health_pb.ts';
import { Code, SyncError } from '../../base/errors.ts';
import { answered } from '../../client/answered.ts';
import type { Remote } from './remote.ts';

const path = '/grpc.health.v1.Health/Check';

/** What a server's health check says of a service; '' is the server as a whole. `UNKNOWN` where it has no such check. */
export async function healthOf(remote: Remote, service: string): Promise<string> {
  const request = create(HealthCheckRequestSchema, { service });
  try {
    const { status } = await answered<HealthCheckResponse>((done) =>
      remote.admin.makeUnaryRequest(
        path,
        (message: typeof request) => Buffer.from(toBinary(HealthCheckRequestSchema, message)),
        (bytes) => fromBinary(HealthCheckResponseSchema, bytes),
        request,
        remote.metadata,
        remote.deadline(),
        (error, response) => done(error, response!),
      ),
    );
    return HealthCheckResponse_ServingStatusSchema.value[status]?.name ?? 'UNKNOWN';
  } catch (error) {
    const isUnknown =
      error instanceof SyncError &&
      (error.code === Code.notFound || error.code === Code.unimplemented);
    if (isUnknown) return 'UNKNOWN';
    throw error;
  }
}
