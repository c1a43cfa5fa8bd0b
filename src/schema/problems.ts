import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { Code, type FieldViolation, SyncError } from '../base/errors.ts';

/**
 * What is wrong with a schema, all of it, so that a team mends its protos once and not once for each mistake.
 */
export class SchemaProblems {
  private readonly reasons: string[] = [];
  private readonly violations: FieldViolation[] = [];

  /** `reason` is stable, upper snake case; `description` one sentence without the name of the place. */
  add(place: DescMessage | DescField, reason: string, description: string): void {
    this.addAt(placeName(place), reason, description);
  }

  /** For problems of the input as a whole. */
  addAt(field: string, reason: string, description: string): void {
    this.reasons.push(reason);
    this.violations.push({ field, description });
  }

  /**
   * Raises INVALID_ARGUMENT with the reason of the first problem. `fields` has every problem, by file, message and
   * field; the metadata `reasons` has the reason of each, in the same order, separated by commas.
   */
  throwIfAny(): void {
    const first = this.reasons[0];
    if (first === undefined) return;
    const lines = this.violations.map(
      ({ field, description }, index) => `${field}: ${description} (${this.reasons[index]})`,
    );
    const message =
      lines.length === 1
        ? lines[0]!
        : [`the schema has ${lines.length} problems`, ...lines].join('\n  ');
    throw new SyncError(Code.invalidArgument, first, message, {
      fields: this.violations,
      metadata: { reasons: this.reasons.join(',') },
    });
  }
}

/** `file.proto: Message.field`, with the names as they stand in the file. */
function placeName(place: DescMessage | DescField): string {
  const message = place.kind === 'message' ? place : place.parent;
  const { proto } = message.file;
  const local =
    proto.package === '' ? message.typeName : message.typeName.slice(proto.package.length + 1);
  return `${proto.name}: ${place.kind === 'message' ? local : `${local}.${place.name}`}`;
}
