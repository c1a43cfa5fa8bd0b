import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '../../../gen/es/grpc/reflection/v1/reflection_pb.ts';
import { Code, SyncError } from '../../base/errors.ts';
import { fromServiceError } from '../../client/service-error.ts';
import type { Remote } from './remote.ts';

const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

type Question = ServerReflectionRequest['messageRequest'];
type Stream = ClientDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;

/**
 * The files that have these messages, with all that they import before them, as server reflection tells them.
 * FAILED_PRECONDITION TYPES_UNKNOWN where it does not know one.
 */
export async function reflectedTypes(
  remote: Remote,
  messages: readonly string[],
): Promise<FileDescriptorSet> {
  const stream: Stream = remote.admin.makeBidiStreamRequest(
    path,
    (request) => Buffer.from(toBinary(ServerReflectionRequestSchema, request)),
    (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
    remote.metadata,
    remote.deadline(),
  );
  try {
    const files = await new Files(stream).of(messages);
    return create(FileDescriptorSetSchema, { file: importsFirst(files) });
  } catch (error) {
    throw error instanceof SyncError ? error : fromServiceError(error as ServiceError);
  } finally {
    stream.cancel();
  }
}

class Files {
  private readonly stream: Stream;
  private readonly answers: AsyncIterator<ServerReflectionResponse>;
  private readonly files = new Map<string, FileDescriptorProto>();

  constructor(stream: Stream) {
    this.stream = stream;
    this.answers = stream[Symbol.asyncIterator]() as AsyncIterator<ServerReflectionResponse>;
  }

  async of(messages: readonly string[]): Promise<ReadonlyMap<string, FileDescriptorProto>> {
    for (const value of messages) await this.ask({ case: 'fileContainingSymbol', value });
    // A server may tell a file alone. What comes with it may import more.
    for (const { dependency } of this.files.values()) {
      for (const value of dependency) {
        if (!this.files.has(value)) await this.ask({ case: 'fileByFilename', value });
      }
    }
    return this.files;
  }

  private async ask(messageRequest: Question): Promise<void> {
    this.stream.write(create(ServerReflectionRequestSchema, { messageRequest }));
    const { value, done } = await this.answers.next();
    const answer = done === true ? undefined : value.messageResponse;
    if (answer?.case !== 'fileDescriptorResponse') throw typesUnknown(messageRequest, answer);
    for (const bytes of answer.value.fileDescriptorProto) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      this.files.set(file.name, file);
    }
  }
}

function importsFirst(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const visit = (name: string): void => {
    const file = files.get(name);
    if (file === undefined || ordered.has(file)) return;
    file.dependency.forEach(visit);
    ordered.add(file);
  };
  for (const name of files.keys()) visit(name);
  return [...ordered];
}

function typesUnknown(
  question: Question,
  answer: ServerReflectionResponse['messageResponse'] | undefined,
): SyncError {
  const why = answer?.case === 'errorResponse' ? ` (${answer.value.errorMessage})` : '';
  return new SyncError(
    Code.failedPrecondition,
    'TYPES_UNKNOWN',
    `the server does not tell by reflection what ${String(question.value)} is${why}: give your protos with --schema`,
  );
}
