package dev.syncdb.interop;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.syncdb.v1.Conflict;
import dev.syncdb.v1.Outcome;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import test.v1.InspectionOuterClass.Inspection;
import test.v1.InspectionOuterClass.Station;
import test.v1.ShapesOuterClass.Shapes;

/**
 * The tables that this client was generated for, SyncDB's own included, as any app would list its
 * own.
 */
final class Tables {
  private static final Map<String, Message> PROTOTYPES =
      List.<Message>of(
              Inspection.getDefaultInstance(),
              Station.getDefaultInstance(),
              Shapes.getDefaultInstance(),
              Outcome.getDefaultInstance(),
              Conflict.getDefaultInstance())
          .stream()
          .collect(Collectors.toMap(Changes::tableOf, Function.identity()));

  private Tables() {}

  /** The row in an Any, as the generated class of its table. */
  static Message unpack(String table, Any row) {
    Message prototype = PROTOTYPES.get(table);
    if (prototype == null)
      throw new CheckFailure("a row of " + table + ", which this client does not know");
    Checks.requireEqual("type.googleapis.com/" + table, row.getTypeUrl(), "type URL");
    try {
      return prototype.getParserForType().parseFrom(row.getValue());
    } catch (InvalidProtocolBufferException broken) {
      throw new CheckFailure("a row of " + table + " that does not parse", broken);
    }
  }
}
