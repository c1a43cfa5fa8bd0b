import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { file_syncdb_v1_admin_service } from '../../gen/es/syncdb/v1/admin_service_pb.ts';
import { file_syncdb_v1_data_service } from '../../gen/es/syncdb/v1/data_service_pb.ts';
import { file_syncdb_v1_sync } from '../../gen/es/syncdb/v1/sync_pb.ts';
import { file_syncdb_v1_system } from '../../gen/es/syncdb/v1/system_pb.ts';
import { filesOfInput, type SchemaInput } from '../schema/descriptors.ts';

/**
 * Server reflection v1 and v1alpha for our protos and the team's own, so that grpcurl lists and describes them
 * and can print what is inside `google.protobuf.Any`.
 */
export function addReflection(server: Server, schemas: readonly SchemaInput[]): void {
  const files = new Map<string, DescFile>();
  const ours = [
    file_syncdb_v1_sync,
    file_syncdb_v1_data_service,
    file_syncdb_v1_admin_service,
    file_syncdb_v1_system,
  ];
  for (const file of [...ours, ...schemas.flatMap(filesOfInput)]) collect(file, files);
  const fileDescriptorProtos = [...files.values()].map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)),
  );
  // The library reads nothing of a package definition but the descriptors in it.
  const definition: ConstructorParameters<typeof ReflectionService>[0] = {
    all: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos },
  };
  const services = ['SyncService', 'DataService', 'AdminService'].map(
    (name) => `syncdb.v1.${name}`,
  );
  new ReflectionService(definition, { services }).addToServer(server);
}

function collect(file: DescFile, files: Map<string, DescFile>): void {
  const name = file.proto.name;
  if (files.has(name)) return;
  files.set(name, file);
  for (const dependency of file.dependencies) collect(dependency, files);
}
