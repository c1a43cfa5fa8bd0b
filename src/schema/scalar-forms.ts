import { ScalarType } from '@bufbuild/protobuf';
import type { NestedScalar } from './table-def.ts';

/** How a scalar type of Protocol Buffers is stored and how it stands on the wire. */
export interface ScalarForm {
  readonly kind: NestedScalar['kind'];
  readonly wire: NestedScalar['wire'];
  /** Its name in proto files. */
  readonly name: string;
}

export const enumForm: ScalarForm = { kind: 'enum', wire: 'varint', name: 'enum' };

export const scalarForms: Readonly<Record<ScalarType, ScalarForm>> = {
  [ScalarType.BOOL]: { kind: 'bool', wire: 'varint', name: 'bool' },
  [ScalarType.INT32]: { kind: 'int32', wire: 'varint', name: 'int32' },
  [ScalarType.SINT32]: { kind: 'int32', wire: 'zigzag', name: 'sint32' },
  [ScalarType.SFIXED32]: { kind: 'int32', wire: 'fixed32', name: 'sfixed32' },
  [ScalarType.UINT32]: { kind: 'uint32', wire: 'varint', name: 'uint32' },
  [ScalarType.FIXED32]: { kind: 'uint32', wire: 'fixed32', name: 'fixed32' },
  [ScalarType.INT64]: { kind: 'int64', wire: 'varint', name: 'int64' },
  [ScalarType.SINT64]: { kind: 'int64', wire: 'zigzag', name: 'sint64' },
  [ScalarType.SFIXED64]: { kind: 'int64', wire: 'fixed64', name: 'sfixed64' },
  [ScalarType.UINT64]: { kind: 'uint64', wire: 'varint', name: 'uint64' },
  [ScalarType.FIXED64]: { kind: 'uint64', wire: 'fixed64', name: 'fixed64' },
  [ScalarType.FLOAT]: { kind: 'float', wire: 'fixed32', name: 'float' },
  [ScalarType.DOUBLE]: { kind: 'double', wire: 'fixed64', name: 'double' },
  [ScalarType.STRING]: { kind: 'string', wire: 'text', name: 'string' },
  [ScalarType.BYTES]: { kind: 'bytes', wire: 'bytes', name: 'bytes' },
};
