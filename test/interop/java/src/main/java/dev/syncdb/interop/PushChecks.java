package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;
import static dev.syncdb.interop.Failure.expected;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.GetRequest;
import dev.syncdb.v1.Handshake;
import dev.syncdb.v1.Operation;
import dev.syncdb.v1.OutcomeStatus;
import dev.syncdb.v1.PushRequest;
import dev.syncdb.v1.PushResponse;
import dev.syncdb.v1.Row;
import dev.syncdb.v1.Transaction;
import dev.syncdb.v1.TransactionOutcome;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.stream.IntStream;
import test.v1.InspectionOuterClass.Inspection;

/** Writing with Push alone, rows as Any. */
final class PushChecks {
  /** Inspections of the northern station: more than fit into two deltas. */
  static final int NORTH_COUNT = 2_400;

  static final int SOUTH_COUNT = 20;

  private final Remote remote;
  private final Checks checks;
  private final Writer writer;
  private final Writer other;

  PushChecks(Remote remote, Checks checks) {
    this.remote = remote;
    this.checks = checks;
    this.writer = new Writer(remote, "java-writer");
    this.other = new Writer(remote, "java-other");
  }

  void run() {
    checks.check("push-inserts", this::inserts);
    checks.check("push-same-again", this::sameAgain);
    checks.check("push-counter-gap", this::counterGap);
    checks.check("push-other-content-with-old-counter", this::forkedIdentity);
    checks.check("push-patch", this::patch);
    checks.check("push-if-match", this::ifMatch);
    checks.check("push-if-none-match", this::ifNoneMatch);
    checks.check("push-patch-of-absent-row", this::absentRow);
    checks.check("push-row-against-the-rules", this::invalidRow);
    checks.check("push-nothing-of-a-refused-transaction", this::allOrNothing);
    checks.check("push-merge-of-other-fields", this::mergeOfOtherFields);
    checks.check("push-conflict-in-one-field", this::conflictInOneField);
    checks.check("push-every-type", this::everyType);
    checks.check("push-compressed", this::compressed);
    checks.check("push-malformed-changes", this::malformedChanges);
    checks.check("push-malformed-transactions", this::malformedTransactions);
    checks.check("push-wrong-handshakes", this::wrongHandshakes);
  }

  private String inserts() {
    var transactions = new ArrayList<Transaction>();
    transactions.add(
        writer.next(
            putNew(Rows.station(Rows.NORTH)),
            putNew(Rows.station(Rows.SOUTH)),
            putNew(Rows.station(Rows.EAST))));
    for (int from = 0; from < NORTH_COUNT; from += 800) {
      transactions.add(writer.next(inspections(Rows.NORTH, from, from + 800)));
    }
    transactions.add(writer.next(inspections(Rows.SOUTH, 0, SOUTH_COUNT)));
    PushResponse response = writer.push(transactions.toArray(Transaction[]::new));
    requireEqual(transactions.size(), response.getOutcomesCount(), "outcomes");
    for (int index = 0; index < transactions.size(); index++) {
      TransactionOutcome outcome = response.getOutcomes(index);
      requireEqual(index + 1L, outcome.getCounter(), "counter of outcome " + index);
      requireEqual(
          OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getMessage());
    }
    return NORTH_COUNT + SOUTH_COUNT + " rows in " + transactions.size() + " transactions";
  }

  private static Change.Builder[] inspections(String station, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(index -> putNew(Rows.inspection(station, index)))
        .toArray(Change.Builder[]::new);
  }

  /** This writer has never read anything, so it knows of no such row. */
  private static Change.Builder putNew(Message row) {
    return Changes.put(row).setBaseVersion(0).setBaseAbsent(true);
  }

  private String sameAgain() {
    Transaction transaction =
        writer.next(
            Changes.put(Rows.inspection(Rows.EAST, 0)), Changes.put(Rows.inspection(Rows.EAST, 1)));
    PushResponse first = writer.push(transaction);
    PushResponse second = writer.push(transaction);
    requireEqual(first, second, "the answer to the same transaction");
    return "committed once, at " + second.getHeadSeq();
  }

  private String counterGap() {
    Transaction early =
        writer.numbered(writer.counter() + 2, Changes.put(Rows.inspection(Rows.EAST, 2)));
    Failure failure = expected(Code.FAILED_PRECONDITION, "COUNTER_GAP", () -> writer.push(early));
    requireEqual(
        Long.toString(writer.counter() + 1),
        failure.metadata().get("expected_counter"),
        "expected_counter");
    requireEqual(writer.replicaId(), failure.metadata().get("replica_id"), "replica_id");
    return failure + ", expected " + failure.metadata().get("expected_counter");
  }

  private String forkedIdentity() {
    Transaction fork =
        writer.numbered(writer.counter(), Changes.put(Rows.inspection(Rows.EAST, 3)));
    return expected(Code.FAILED_PRECONDITION, "REPLICA_FORKED", () -> writer.push(fork)).toString();
  }

  private String patch() {
    String key = Rows.inspectionKey(Rows.EAST, 0);
    var values = Inspection.newBuilder().setVisits(99).build();
    writer.commit(
        Changes.patch(
            key, values, Inspection.VISITS_FIELD_NUMBER, Inspection.TEMPERATURE_FIELD_NUMBER));
    Inspection wanted =
        Rows.inspection(Rows.EAST, 0).toBuilder().setVisits(99).clearTemperature().build();
    requireEqual(wanted, inspection(key), "the row");

    writer.commit(Changes.patch(key, Inspection.newBuilder().setNotes("Again").build()));
    requireEqual(
        wanted.toBuilder().setNotes("Again").build(),
        inspection(key),
        "the row after a PATCH without fields");
    return "one field set, one cleared, and one without naming it";
  }

  private String ifMatch() {
    String key = Rows.inspectionKey(Rows.EAST, 1);
    String etag = get(key).getEtag();
    var values = Inspection.newBuilder().setVisits(5).build();
    writer.commit(Changes.patch(key, values, Inspection.VISITS_FIELD_NUMBER).setIfMatch(etag));

    var late = Inspection.newBuilder().setVisits(6).build();
    Change.Builder tooLate =
        Changes.patch(key, late, Inspection.VISITS_FIELD_NUMBER).setIfMatch(etag);
    TransactionOutcome refused = writer.refused("ETAG_MISMATCH", tooLate);
    String current = get(key).getEtag();
    requireEqual(current, refused.getCurrentEtag(), "current_etag");

    Transaction again = writer.newest();
    requireEqual(
        refused,
        Writer.onlyOutcome(writer.push(again), again),
        "the answer to the refused one sent again");
    writer.commit(Changes.patch(key, late, Inspection.VISITS_FIELD_NUMBER).setIfMatch(current));
    requireEqual(6, inspection(key).getVisits(), "visits");
    return "refused for good with the current etag, then taken with it";
  }

  private String ifNoneMatch() {
    Inspection row = Rows.inspection(Rows.EAST, 1);
    var refused = writer.refused("ROW_EXISTS", Changes.put(row).setIfNoneMatch(true));
    requireEqual(get(row.getId()).getEtag(), refused.getCurrentEtag(), "current_etag");
    writer.commit(Changes.put(Rows.inspection(Rows.EAST, 2)).setIfNoneMatch(true));
    return "refused where the row is, taken where it is not";
  }

  private String absentRow() {
    var values = Inspection.newBuilder().setVisits(1).build();
    writer.refused(
        "ROW_NOT_FOUND", Changes.patch("nobody", values, Inspection.VISITS_FIELD_NUMBER));
    writer.commit(Changes.delete(Rows.INSPECTION, "nobody"));
    return "a PATCH is refused, a DELETE does nothing";
  }

  private String invalidRow() {
    var tooLong = Rows.inspection(Rows.EAST, 3).toBuilder().setNotes("x".repeat(201)).build();
    return writer.refused("ROW_INVALID", Changes.put(tooLong)).getMessage();
  }

  private String allOrNothing() {
    var refused =
        writer.refused(
            "ROW_EXISTS",
            Changes.put(Rows.inspection(Rows.EAST, 3)),
            Changes.put(Rows.inspection(Rows.EAST, 1)).setIfNoneMatch(true));
    requireEqual(1, refused.getChangeIndex(), "change_index");
    expected(Code.NOT_FOUND, "ROW_NOT_FOUND", () -> get(Rows.inspectionKey(Rows.EAST, 3)));
    return "change 1 was refused, and change 0 with it";
  }

  private String mergeOfOtherFields() {
    String key = Rows.inspectionKey(Rows.EAST, 2);
    long base = get(key).getRowVersion();
    var notes = Inspection.newBuilder().setNotes("From one").build();
    var visits = Inspection.newBuilder().setVisits(41).build();
    writer.commit(Changes.patch(key, notes, Inspection.NOTES_FIELD_NUMBER).setBaseVersion(base));
    other.commit(Changes.patch(key, visits, Inspection.VISITS_FIELD_NUMBER).setBaseVersion(base));
    Inspection wanted =
        Rows.inspection(Rows.EAST, 2).toBuilder().setNotes("From one").setVisits(41).build();
    requireEqual(wanted, inspection(key), "the row");
    return "both stand";
  }

  private String conflictInOneField() {
    String key = Rows.inspectionKey(Rows.EAST, 2);
    long base = get(key).getRowVersion();
    var first = Inspection.newBuilder().setNotes("First").build();
    var second = Inspection.newBuilder().setNotes("Second").build();
    writer.commit(Changes.patch(key, first, Inspection.NOTES_FIELD_NUMBER).setBaseVersion(base));
    other.commit(Changes.patch(key, second, Inspection.NOTES_FIELD_NUMBER).setBaseVersion(base));
    requireEqual("First", inspection(key).getNotes(), "notes, for which the server wins");
    other.commit(Changes.patch(key, second, Inspection.NOTES_FIELD_NUMBER));
    requireEqual("Second", inspection(key).getNotes(), "notes, without a base");
    return "the server wins; without a base the writer does";
  }

  private String everyType() {
    var row = Rows.shapes("all-1");
    writer.commit(Changes.put(row));
    Row answer =
        remote
            .data()
            .get(
                GetRequest.newBuilder()
                    .setDatabase(remote.database())
                    .setTable(Changes.tableOf(row))
                    .setKey("all-1")
                    .build())
            .getRow();
    requireEqual(row, Tables.unpack(answer.getTable(), answer.getRow()), "the row");
    return row.getAllFields().size() + " fields came back as they went";
  }

  /** As gRPC itself compresses, which any stub can do for what it sends. */
  private String compressed() {
    var request =
        PushRequest.newBuilder()
            .setHandshake(remote.handshake(writer.replicaId()))
            .addTransactions(writer.next(Changes.put(Rows.inspection(Rows.EAST, 2))))
            .build();
    var outcome = remote.sync().withCompression("gzip").push(request).getOutcomes(0);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getMessage());
    return "gzip is understood";
  }

  private String malformedChanges() {
    Inspection row = Rows.inspection(Rows.EAST, 3);
    Any any = Any.pack(row);
    refusedCall(
        Code.INVALID_ARGUMENT,
        "UNKNOWN_ENUM_VALUE",
        "operation",
        Changes.put(row).clearOperation());
    refusedCall(
        Code.INVALID_ARGUMENT,
        "WRONG_ROW_TYPE",
        "row",
        Changes.put(row).setTable("test.v1.Station"));
    refusedCall(
        Code.INVALID_ARGUMENT,
        "WRONG_ROW_TYPE",
        "row",
        Changes.put(row).setRow(any.toBuilder().clearTypeUrl()));
    refusedCall(Code.INVALID_ARGUMENT, "MISSING_FIELD", "row", Changes.put(row).clearRow());
    refusedCall(Code.INVALID_ARGUMENT, "KEY_MISMATCH", "key", Changes.put(row).setKey("another"));
    refusedCall(
        Code.INVALID_ARGUMENT, "BAD_KEY", "row.id", Changes.put(row.toBuilder().clearId().build()));
    refusedCall(
        Code.INVALID_ARGUMENT, "UNKNOWN_FIELD", "fields[0]", Changes.patch(row.getId(), row, 77));
    refusedCall(
        Code.INVALID_ARGUMENT,
        "UNEXPECTED_ROW",
        "row",
        Changes.put(row).setOperation(Operation.OPERATION_DELETE));
    refusedCall(
        Code.NOT_FOUND,
        "UNKNOWN_TABLE",
        "table",
        Changes.delete(row, row.getId()).setTable("test.v1.Nothing"));
    // Any host may stand before the name of a type.
    writer.commit(Changes.put(row).setRow(Any.pack(row, "types.example.com/some")));
    return "each names its field";
  }

  /** A change that is not even ordered: its transaction keeps its counter. */
  private void refusedCall(Code code, String reason, String field, Change.Builder change) {
    Transaction transaction = writer.numbered(writer.counter() + 1, change);
    expected(code, reason, () -> writer.push(transaction))
        .requireField("transactions[0].changes[0]." + field);
  }

  private String malformedTransactions() {
    Change.Builder change = Changes.put(Rows.inspection(Rows.EAST, 0));
    long next = writer.counter() + 1;
    expected(Code.INVALID_ARGUMENT, "NO_TRANSACTIONS", () -> writer.push())
        .requireField("transactions");
    expected(Code.INVALID_ARGUMENT, "NO_CHANGES", () -> writer.push(writer.numbered(next)))
        .requireField("transactions[0].changes");
    expected(Code.INVALID_ARGUMENT, "BAD_COUNTER", () -> writer.push(writer.numbered(0, change)))
        .requireField("transactions[0].counter");
    // Java has no unsigned numbers: -1 is the largest uint64.
    expected(
            Code.INVALID_ARGUMENT,
            "NUMBER_TOO_LARGE",
            () -> writer.push(writer.numbered(-1, change)))
        .requireField("transactions[0].counter");
    Transaction unnamed =
        writer.numbered(next, change).toBuilder().setReplicaId("no spaces").build();
    expected(Code.INVALID_ARGUMENT, "BAD_REPLICA_ID", () -> writer.push(unnamed))
        .requireField("transactions[0].replica_id");
    return "each names its field";
  }

  private String wrongHandshakes() {
    Handshake right = remote.handshake(writer.replicaId());
    var absent = expected(Code.INVALID_ARGUMENT, "MISSING_FIELD", () -> push(null));
    absent.requireField("handshake");
    expected(
            Code.NOT_FOUND,
            "UNKNOWN_DATABASE",
            () -> push(right.toBuilder().setDatabase("elsewhere").build()))
        .requireField("handshake.database");
    var protocol =
        expected(
            Code.FAILED_PRECONDITION,
            "PROTOCOL_MISMATCH",
            () -> push(right.toBuilder().setProtocolMin(1_000).setProtocolMax(1_001).build()));
    requireEqual("1", protocol.metadata().get("protocol_min"), "protocol_min of the server");
    var ofSchema = right.getSchema().toBuilder().setFingerprint("0123456789abcdef");
    var schema =
        expected(
            Code.FAILED_PRECONDITION,
            "SCHEMA_MISMATCH",
            () -> push(right.toBuilder().setSchema(ofSchema).build()));
    requireEqual(
        remote.schema().getFingerprint(),
        schema.metadata().get("server_fingerprint"),
        "server_fingerprint");
    require(schema.metadata().containsKey("server_version"), "no server_version");
    return "database, protocol and schema are checked";
  }

  private PushResponse push(Handshake handshake) {
    var request = PushRequest.newBuilder();
    if (handshake != null) request.setHandshake(handshake);
    request.addTransactions(
        writer.numbered(writer.counter() + 1, Changes.put(Rows.inspection(Rows.EAST, 0))));
    return remote.sync().push(request.build());
  }

  private Inspection inspection(String key) {
    try {
      return get(key).getRow().unpack(Inspection.class);
    } catch (InvalidProtocolBufferException broken) {
      throw new CheckFailure("a row that does not parse", broken);
    }
  }

  private Row get(String key) {
    return remote
        .data()
        .get(
            GetRequest.newBuilder()
                .setDatabase(remote.database())
                .setTable(Changes.tableOf(Rows.INSPECTION))
                .setKey(key)
                .build())
        .getRow();
  }
}
