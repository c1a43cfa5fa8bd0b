package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;
import static dev.syncdb.interop.Failure.expected;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.syncdb.v1.Conflict;
import dev.syncdb.v1.Outcome;
import dev.syncdb.v1.RowChange;
import dev.syncdb.v1.RowChangeType;
import io.grpc.Status.Code;
import java.util.List;
import test.v1.InspectionOuterClass.Inspection;
import test.v1.InspectionOuterClass.Station;
import test.v1.ShapesOuterClass.Shapes;

/**
 * Reading with Pull alone, encoding ROWS: a copy that is kept in a map, and proved at every
 * checkpoint.
 */
final class PullChecks {
  private final Remote remote;
  private final Checks checks;
  private final Writer backend;
  private final Puller reader;

  PullChecks(Remote remote, Checks checks) {
    this.remote = remote;
    this.checks = checks;
    this.backend = new Writer(remote, "java-backend");
    this.reader = new Puller(remote, "java-reader", Rows.scopeOf(Rows.NORTH));
  }

  void run() {
    checks.check("pull-first-sync", this::firstSync);
    checks.check("pull-nothing-new", this::nothingNew);
    checks.check("pull-patch", this::patch);
    checks.check("pull-cleared-field", this::clearedField);
    checks.check("pull-several-changes-of-a-row", this::severalChanges);
    checks.check("pull-insert", this::insert);
    checks.check("pull-deleted", this::deleted);
    checks.check("pull-deleted-row-comes-back", this::comesBack);
    checks.check("pull-evicted", this::evicted);
    checks.check("pull-moved-in", this::movedIn);
    checks.check("pull-others-do-not-matter", this::othersDoNotMatter);
    checks.check("pull-added-scope", this::addedScope);
    checks.check("pull-row-in-several-scopes", this::severalScopes);
    checks.check("pull-one-table", this::oneTable);
    checks.check("pull-own-refusals-and-conflicts", this::ownSystemRows);
    checks.check("pull-cut-and-resumed", this::cutAndResumed);
    checks.check("pull-wrong-requests", this::wrongRequests);
  }

  private String firstSync() {
    var pulled = reader.pull();
    for (RowChange change : pulled.changes()) {
      requireEqual(
          RowChangeType.ROW_CHANGE_TYPE_FULL, change.getType(), "type of " + change.getKey());
    }
    // The stations are in the scope of everyone.
    requireEqual(PushChecks.NORTH_COUNT + 3, reader.copy().size(), "rows");
    require(pulled.deltas() > 2, "a first sync in only " + pulled.deltas() + " deltas");
    for (int index = 0; index < PushChecks.NORTH_COUNT; index++) {
      requireHeld(Rows.inspection(Rows.NORTH, index), Rows.inspectionKey(Rows.NORTH, index));
    }
    return reader.copy().size()
        + " rows in "
        + pulled.deltas()
        + " deltas; row_count and rows_digest agree";
  }

  private String nothingNew() {
    var pulled = reader.pull();
    requireEqual(0, pulled.changes().size(), "changes");
    requireEqual(1, pulled.deltas(), "deltas");
    return "at " + reader.copy().seq();
  }

  private String patch() {
    String key = Rows.inspectionKey(Rows.NORTH, 1);
    backend.commit(
        Changes.patch(
            key, Inspection.newBuilder().setVisits(77).build(), Inspection.VISITS_FIELD_NUMBER));
    RowChange change = reader.pull().only();
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_PATCH, change.getType(), "type");
    requireEqual(List.of(Inspection.VISITS_FIELD_NUMBER), change.getFieldsList(), "fields");
    requireEqual("java-backend", change.getModifiedBy(), "modified_by");
    require(
        Math.abs(System.currentTimeMillis() / 1000 - change.getModifiedAt().getSeconds()) < 60,
        "modified_at");
    requireHeld(Rows.inspection(Rows.NORTH, 1).toBuilder().setVisits(77).build(), key);
    return "only field " + change.getFields(0);
  }

  private String clearedField() {
    String key = Rows.inspectionKey(Rows.NORTH, 2);
    backend.commit(
        Changes.patch(
            key,
            Rows.INSPECTION,
            Inspection.TEMPERATURE_FIELD_NUMBER,
            Inspection.LABELS_FIELD_NUMBER,
            Inspection.DUE_FIELD_NUMBER,
            Inspection.NOTES_FIELD_NUMBER));
    RowChange change = reader.pull().only();
    requireEqual(List.of(4, 6, 7, 8), change.getFieldsList(), "fields, ascending");
    Inspection.Builder wanted = Rows.inspection(Rows.NORTH, 2).toBuilder();
    requireHeld(wanted.clearTemperature().clearLabels().clearDue().clearNotes().build(), key);
    return "an optional, a repeated, a message and a plain field";
  }

  private String severalChanges() {
    String key = Rows.inspectionKey(Rows.NORTH, 3);
    backend.commit(Changes.patch(key, Inspection.newBuilder().setVisits(1).build()));
    backend.commit(Changes.patch(key, Inspection.newBuilder().setNotes("Twice").build()));
    backend.commit(Changes.patch(key, Inspection.newBuilder().setVisits(2).build()));
    RowChange change = reader.pull().only();
    requireEqual(List.of(4, 5), change.getFieldsList(), "fields");
    requireHeld(
        Rows.inspection(Rows.NORTH, 3).toBuilder().setVisits(2).setNotes("Twice").build(), key);
    return "come as one PATCH";
  }

  private String insert() {
    // A key outside the basic plane: one character of it is two of Java's.
    Inspection row =
        Rows.inspection(Rows.NORTH, 0).toBuilder().setId("Prüf/€ \uD83D\uDE00 %").build();
    backend.commit(Changes.put(row));
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_FULL, reader.pull().only().getType(), "type");
    requireHeld(row, row.getId());
    return "with a key of many alphabets";
  }

  private String deleted() {
    String key = Rows.inspectionKey(Rows.NORTH, 4);
    backend.commit(Changes.delete(Rows.INSPECTION, key));
    RowChange change = reader.pull().only();
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_DELETED, change.getType(), "type");
    requireEqual(key, change.getKey(), "key");
    require(!reader.copy().holds(Rows.INSPECTION, key), "the row is still held");
    return key;
  }

  private String comesBack() {
    Inspection row = Rows.inspection(Rows.NORTH, 4).toBuilder().setNotes("Back").build();
    new Writer(remote, "java-late").commit(Changes.put(row).setBaseVersion(1));
    requireEqual(
        0, changesOf(reader.pull(), row).size(), "changes by a write that has not seen the delete");
    backend.commit(Changes.put(row).setBaseVersion(reader.copy().seq()));
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_FULL, reader.pull().only().getType(), "type");
    requireHeld(row, row.getId());
    return "by a write that has seen the delete, and by no other";
  }

  private String evicted() {
    String key = Rows.inspectionKey(Rows.NORTH, 5);
    var values = Inspection.newBuilder().setStationId(Rows.SOUTH).build();
    backend.commit(Changes.patch(key, values, Inspection.STATION_ID_FIELD_NUMBER));
    RowChange change = reader.pull().only();
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_EVICTED, change.getType(), "type");
    requireEqual("", change.getModifiedBy(), "modified_by, which is not for those whom a row left");
    require(!reader.copy().holds(Rows.INSPECTION, key), "the row is still held");
    return key;
  }

  private String movedIn() {
    String key = Rows.inspectionKey(Rows.SOUTH, 0);
    var values = Inspection.newBuilder().setStationId(Rows.NORTH).build();
    backend.commit(Changes.patch(key, values, Inspection.STATION_ID_FIELD_NUMBER));
    RowChange change = reader.pull().only();
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_FULL, change.getType(), "type");
    requireEqual(List.of(Rows.scopeOf(Rows.NORTH)), change.getScopesList(), "scopes");
    requireHeld(Rows.inspection(Rows.SOUTH, 0).toBuilder().setStationId(Rows.NORTH).build(), key);
    return "comes in full";
  }

  private String othersDoNotMatter() {
    backend.commit(Changes.put(Rows.inspection(Rows.SOUTH, 1).toBuilder().setVisits(500).build()));
    requireEqual(0, reader.pull().changes().size(), "changes of other scopes");
    return "nothing of another scope";
  }

  private String addedScope() {
    reader.subscription().addScopes(Rows.scopeOf(Rows.SOUTH));
    var pulled = reader.pull();
    // One moved here from the north, and one moved there.
    requireEqual(PushChecks.SOUTH_COUNT, pulled.changes().size(), "changes");
    for (RowChange change : pulled.changes()) {
      requireEqual(
          List.of(Rows.scopeOf(Rows.SOUTH)),
          change.getScopesList(),
          "scopes of " + change.getKey());
    }
    require(
        reader.copy().holds(Rows.INSPECTION, Rows.inspectionKey(Rows.NORTH, 5)),
        "the row that moved is not here");
    return pulled.changes().size() + " rows of it, and no other";
  }

  private String severalScopes() {
    var puller = new Puller(remote, "java-shapes", "site/site-1", "tag/*");
    puller.pull();
    var held = puller.copy().held(Shapes.getDefaultInstance(), "all-1");
    requireEqual(Rows.shapes("all-1"), held.row(), "the row");
    requireEqual(
        List.of("site/site-1", "tag/50%25 %2F %2A", "tag/blue"),
        held.scopes().stream().sorted().toList(),
        "scopes");
    var values = Shapes.newBuilder().addStringList("blue").build();
    backend.commit(Changes.patch("all-1", values, Shapes.STRING_LIST_FIELD_NUMBER));
    RowChange change = puller.pull().only();
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_PATCH, change.getType(), "type");
    requireEqual(
        List.of("site/site-1", "tag/blue"),
        change.getScopesList().stream().sorted().toList(),
        "scopes");
    return "counts once for each";
  }

  private String oneTable() {
    var puller = new Puller(remote, "java-stations");
    puller.subscription().addTables(Changes.tableOf(Station.getDefaultInstance()));
    puller.pull();
    requireEqual(3, puller.copy().size(), "rows");
    return "3 stations";
  }

  private String ownSystemRows() {
    var puller = new Puller(remote, "java-writer", "station/nowhere");
    puller.pull();
    var outcomes =
        puller.copy().snapshot().values().stream()
            .filter(held -> held.row() instanceof Outcome)
            .toList();
    require(!outcomes.isEmpty(), "no Outcome of the transactions that were refused");
    for (var held : outcomes) {
      var outcome = (Outcome) held.row();
      requireEqual("java-writer/" + outcome.getCounter(), outcome.getId(), "key");
      require(!outcome.getReason().isEmpty(), "a refusal without reason");
    }
    Conflict told = conflictOf("java-other", "station/nowhere");
    requireEqual("Second", inspectionOf(told.getLocalRow()).getNotes(), "the edit that lost");
    require(told.getRedacted(), "not redacted for one who does not hold the row");
    require(told.getRemoteRow().isEmpty(), "the version of a row that its reader does not hold");
    Conflict whole = conflictOf("java-other", Rows.scopeOf(Rows.EAST));
    require(!whole.getRedacted(), "redacted for one who holds the row");
    requireEqual("Second", inspectionOf(whole.getLocalRow()).getNotes(), "the edit that lost");
    requireEqual("First", inspectionOf(whole.getRemoteRow()).getNotes(), "the edit that stands");
    requireEqual(List.of(Inspection.NOTES_FIELD_NUMBER), whole.getFieldsList(), "fields");
    return outcomes.size() + " refusals, and a conflict with as much as its reader may see";
  }

  /** The first conflict that a replica is told of which holds this scope. */
  private Conflict conflictOf(String replicaId, String scope) {
    var puller = new Puller(remote, replicaId, scope);
    puller.pull();
    return puller.copy().snapshot().values().stream()
        .map(Copy.Held::row)
        .filter(Conflict.class::isInstance)
        .map(Conflict.class::cast)
        .findFirst()
        .orElseThrow(() -> new CheckFailure("no Conflict of the edit that lost"));
  }

  private static Inspection inspectionOf(ByteString bytes) {
    try {
      return Inspection.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new CheckFailure("a row that does not parse", broken);
    }
  }

  private String cutAndResumed() {
    var puller = new Puller(remote, "java-cut", Rows.scopeOf(Rows.NORTH));
    require(!puller.pull(1).complete(), "all of it came in one delta");
    int first = puller.copy().stagedIds().size();
    var rest = puller.pull();
    requireEqual(puller.copy().size(), first + rest.changes().size(), "rows sent in all");
    return first + " rows, then the other " + rest.changes().size();
  }

  private String wrongRequests() {
    expected(Code.INVALID_ARGUMENT, "BAD_CURSOR", () -> pullOnce("station/x", "cursor", ""))
        .requireField("subscription.cursor");
    expected(Code.INVALID_ARGUMENT, "BAD_SCOPE_PATTERN", () -> pullOnce("a*b", "", ""))
        .requireField("subscription.scopes[0]");
    expected(Code.NOT_FOUND, "UNKNOWN_TABLE", () -> pullOnce("*", "", "test.v1.Nothing"))
        .requireField("subscription.tables[0]");
    return "each names its field";
  }

  private void pullOnce(String scope, String cursor, String table) {
    var puller = new Puller(remote, "java-wrong", scope);
    if (!table.isEmpty()) puller.subscription().addTables(table);
    puller.startFrom(ByteString.copyFromUtf8(cursor)).next();
  }

  private static List<RowChange> changesOf(Puller.Pulled pulled, Message row) {
    String table = Changes.tableOf(row);
    return pulled.changes().stream().filter(change -> change.getTable().equals(table)).toList();
  }

  private void requireHeld(Message wanted, String key) {
    requireEqual(wanted, reader.copy().held(wanted, key).row(), "row " + key);
  }
}
