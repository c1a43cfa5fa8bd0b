package dev.syncdb.interop;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Operation;

/** Edits as the protos describe them. The callers add conditions and bases. */
final class Changes {
  private Changes() {}

  /** The row becomes exactly this. Its key is taken from it. */
  static Change.Builder put(Message row) {
    return Change.newBuilder()
        .setOperation(Operation.OPERATION_PUT)
        .setTable(tableOf(row))
        .setRow(Any.pack(row));
  }

  /** These fields become what they are in {@code values}, and are cleared where it lacks them. */
  static Change.Builder patch(String key, Message values, int... fields) {
    var change =
        Change.newBuilder()
            .setOperation(Operation.OPERATION_PATCH)
            .setTable(tableOf(values))
            .setKey(key)
            .setRow(Any.pack(values));
    for (int field : fields) change.addFields(field);
    return change;
  }

  static Change.Builder delete(Message prototype, String key) {
    return Change.newBuilder()
        .setOperation(Operation.OPERATION_DELETE)
        .setTable(tableOf(prototype))
        .setKey(key);
  }

  static String tableOf(Message row) {
    return row.getDescriptorForType().getFullName();
  }
}
