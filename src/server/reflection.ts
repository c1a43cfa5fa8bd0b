import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { file_google_rpc_error_details } from '../../gen/es/google/rpc/error_details_pb.ts';
import { file_grpc_health_v1_health } from '../../gen/es/grpc/health/v1/health_pb.ts';
import { file_syncdb_v1_admin_service } from '../../gen/es/syncdb/v1/admin_service_pb.ts';
import { file_syncdb_v1_data_service } from '../../gen/es/syncdb/v1/data_service_pb.ts';
import { file_syncdb_v1_sync } from '../../gen/es/syncdb/v1/sync_pb.ts';
import { file_syncdb_v1_system } from '../../gen/es/syncdb/v1/system_pb.ts';
import { assert } from '../base/errors.ts';
import { filesOfInput, type SchemaInput } from '../schema/descriptors.ts';
import { reflectedFiles } from './reflected-files.ts';

const known = [
  file_syncdb_v1_sync,
  file_syncdb_v1_data_service,
  file_syncdb_v1_admin_service,
  file_syncdb_v1_system,
  // So that tools can print the reason of an error.
  file_google_rpc_error_details,
  file_grpc_health_v1_health,
];
const services = [
  ...['SyncService', 'DataService', 'AdminService'].map((name) => `syncdb.v1.${name}`),
  'grpc.health.v1.Health',
];

/**
 * Server reflection v1 and v1alpha for our protos and the team's own, so that grpcurl lists and describes them
 * and can print what is inside `google.protobuf.Any`. Returns the names of the files that it leaves out, because
 * databases have different ones.
 */
export function addReflection(server: Server, schemas: readonly SchemaInput[]): readonly string[] {
  const { files, ambiguous } = reflectedFiles(known, schemas.map(filesOfInput));
  const encoded = new Map<string, Buffer>();
  for (const [name, { proto }] of files) {
    encoded.set(name, Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  }
  // The library reads nothing of a package definition but the descriptors in it.
  const definition: ConstructorParameters<typeof ReflectionService>[0] = {
    all: {
      format: 'Protocol Buffer 3 EnumDescriptorProto',
      type: {},
      fileDescriptorProtos: [...encoded.values()],
    },
  };
  const reflection = new ReflectionService(definition, { services });
  keepOptions(reflection, encoded);
  reflection.addToServer(server);
  return ambiguous;
}

/** What the library keeps of the files: by name as it decoded them, and by these as it will answer. */
interface Answers {
  readonly files: Readonly<Record<string, object>>;
  readonly fileEncodings: Map<object, Uint8Array>;
}

/**
 * The library answers with files that it has decoded and encoded again, without the custom options, by which a team's
 * messages are tables. So it is given the bytes as they were.
 */
function keepOptions(reflection: ReflectionService, encoded: ReadonlyMap<string, Buffer>): void {
  const { v1, v1Alpha } = reflection as unknown as { v1: Answers; v1Alpha: Answers };
  for (const { files, fileEncodings } of [v1, v1Alpha]) {
    for (const [name, bytes] of encoded) {
      const file = files[name];
      assert(file !== undefined && fileEncodings.has(file), `reflection does not know ${name}`);
      fileEncodings.set(file, bytes);
    }
  }
}
