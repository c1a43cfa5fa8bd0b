import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** What `buf build` writes: a file and all that it imports. */
export function imageOf(file: DescFile): Uint8Array {
  const files = new Set<DescFile>();
  const collect = (one: DescFile): void => {
    for (const dependency of one.dependencies) collect(dependency);
    files.add(one);
  };
  collect(file);
  const set = { $typeName: FileDescriptorSetSchema.typeName, file: [...files].map((f) => f.proto) };
  return toBinary(FileDescriptorSetSchema, set);
}
