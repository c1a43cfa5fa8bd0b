package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;

import com.google.protobuf.ByteString;
import dev.syncdb.v1.Ack;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Conflict;
import dev.syncdb.v1.Delta;
import dev.syncdb.v1.Encoding;
import dev.syncdb.v1.GetRequest;
import dev.syncdb.v1.Outcome;
import dev.syncdb.v1.OutcomeStatus;
import dev.syncdb.v1.RowChange;
import dev.syncdb.v1.RowChangeType;
import dev.syncdb.v1.Subscription;
import dev.syncdb.v1.SyncRequest;
import dev.syncdb.v1.SyncResponse;
import dev.syncdb.v1.TransactionBatch;
import dev.syncdb.v1.TransactionOutcome;
import dev.syncdb.v1.WriterPosition;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import test.v1.InspectionOuterClass.Inspection;

/** The live stream: catching up, changes as they happen, pushes on it, cuts and resumption. */
final class SyncChecks {
  private static final Subscription NORTH =
      Subscription.newBuilder()
          .addScopes(Rows.scopeOf(Rows.NORTH))
          .addEncodings(Encoding.ENCODING_ROWS)
          .build();

  private final Remote remote;
  private final Checks checks;
  private final Writer backend;

  /** A replica that stays connected over several checks. */
  private final Writer phone;

  private final Copy copy = new Copy();
  private SyncStream stream;

  SyncChecks(Remote remote, Checks checks) {
    this.remote = remote;
    this.checks = checks;
    this.backend = new Writer(remote, "java-dispatcher");
    this.phone = new Writer(remote, "java-phone");
  }

  void run() {
    checks.check("sync-hello", this::hello);
    checks.check("sync-catch-up", this::catchUp);
    checks.check("sync-live-change", this::liveChange);
    checks.check("sync-live-delete-and-move", this::liveDeleteAndMove);
    checks.check("sync-silence", this::silence);
    checks.check("sync-push-on-the-stream", this::push);
    checks.check("sync-refused-on-the-stream", this::refused);
    checks.check("sync-put-of-what-is-not-there", this::putNew);
    checks.check("sync-put-of-what-is-not-held", this::putNotHeld);
    checks.check("sync-unordered-on-the-stream", this::unordered);
    checks.check("sync-half-close", this::halfClose);
    checks.check("sync-resumed-where-it-ended", this::resumed);
    checks.check("sync-cut-in-the-first-catch-up", this::cutInFirstCatchUp);
    checks.check("sync-cut-in-a-later-catch-up", this::cutInLaterCatchUp);
    checks.check("sync-out-of-turn", this::outOfTurn);
    checks.check("sync-others-are-unharmed", this::unharmed);
  }

  private String hello() throws InterruptedException {
    stream = SyncStream.open(remote, phone.replicaId(), copy, NORTH);
    var welcome = stream.welcome();
    requireEqual(1, welcome.getProtocolVersion(), "protocol_version");
    requireEqual(remote.schema(), welcome.getSchema(), "schema");
    requireEqual(Encoding.ENCODING_ROWS, welcome.getEncoding(), "encoding");
    requireEqual(0L, welcome.getSettledCounter(), "settled_counter");
    requireEqual(ByteString.EMPTY, welcome.getSettledDigest(), "settled_digest");
    require(welcome.getHome(), "not the home");
    require(!welcome.getFromScratch(), "rebuild");
    require(!welcome.getSessionId().isEmpty(), "no session_id");
    requireEqual(
        List.of("", "$replica/java-phone", "station/north"),
        welcome.getScopesList().stream().sorted().toList(),
        "scopes");
    return "welcome to session " + welcome.getSessionId();
  }

  private String catchUp() throws InterruptedException {
    int deltas = 0;
    for (boolean complete = false; !complete; deltas++) {
      Delta delta = stream.nextDelta();
      copy.take(delta);
      complete = delta.hasCheckpoint();
    }
    stream.send(SyncRequest.newBuilder().setAck(Ack.newBuilder().setCursor(copy.cursor())).build());
    return copy.size() + " rows in " + deltas + " deltas; row_count and rows_digest agree";
  }

  private String liveChange() throws InterruptedException {
    String key = Rows.inspectionKey(Rows.NORTH, 10);
    var values = Inspection.newBuilder().setVisits(1_000).build();
    long startNanos = System.nanoTime();
    long seq = backend.commit(Changes.patch(key, values, Inspection.VISITS_FIELD_NUMBER));
    Delta delta = nextDelta();
    long tookMs = (System.nanoTime() - startNanos) / 1_000_000;
    RowChange change = only(delta);
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_PATCH, change.getType(), "type");
    requireEqual(List.of(Inspection.VISITS_FIELD_NUMBER), change.getFieldsList(), "fields");
    requireEqual(seq, delta.getCheckpoint().getSeq(), "seq of the checkpoint");
    requireEqual(1_000, held(key).getVisits(), "visits");
    return "came " + tookMs + " ms after it was sent";
  }

  private String liveDeleteAndMove() throws InterruptedException {
    String gone = Rows.inspectionKey(Rows.NORTH, 11);
    String moved = Rows.inspectionKey(Rows.NORTH, 12);
    backend.commit(Changes.delete(Rows.INSPECTION, gone));
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_DELETED, only(nextDelta()).getType(), "type");
    moveInspection(moved, Rows.EAST);
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_EVICTED, only(nextDelta()).getType(), "type");
    moveInspection(moved, Rows.NORTH);
    requireEqual(RowChangeType.ROW_CHANGE_TYPE_FULL, only(nextDelta()).getType(), "type");
    return "DELETED, EVICTED, and FULL when it came back";
  }

  private String silence() throws InterruptedException {
    backend.commit(Changes.put(Rows.inspection(Rows.SOUTH, 2).toBuilder().setVisits(123).build()));
    stream.requireSilence(300);
    return "nothing of another scope";
  }

  private String push() throws InterruptedException {
    String key = Rows.inspectionKey(Rows.NORTH, 13);
    var values = Inspection.newBuilder().setNotes("From the phone").build();
    stream.push(
        phone.next(
            Changes.patch(key, values, Inspection.NOTES_FIELD_NUMBER).setBaseVersion(copy.seq())));
    var outcome = pushed(1);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getMessage());
    requireEqual(1L, outcome.getCounter(), "counter");
    requireEqual("From the phone", held(key).getNotes(), "notes");
    return "COMMITTED, settled, and back as a change";
  }

  private String refused() throws InterruptedException {
    stream.push(phone.next(Changes.delete(Rows.INSPECTION, "nobody").setIfMatch("v0")));
    var outcome = pushed(2);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_REFUSED, outcome.getStatus(), "status");
    requireEqual("ETAG_MISMATCH", outcome.getReason(), "reason");
    var row = (Outcome) copy.held(Outcome.getDefaultInstance(), "java-phone/2").row();
    requireEqual(outcome.getReason(), row.getReason(), "reason in the row of the outcome");
    return "REFUSED, and kept as a row";
  }

  private String putNew() throws InterruptedException {
    String key = Rows.inspectionKey(Rows.NORTH, 90_000);
    Change.Builder put = copy.put(Rows.inspection(Rows.NORTH, 90_000), key);
    require(put.getBaseAbsent(), "base_absent of a row that is not there");
    stream.push(phone.next(put));
    var outcome = pushed(3);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getMessage());
    requireEqual(0, outcome.getConflicts(), "conflicts");
    requireEqual(key, held(key).getId(), "the key");
    return "COMMITTED, with no entry in the ledger";
  }

  /** The row is in a scope that this client does not hold, so it writes over what it never saw. */
  private String putNotHeld() throws InterruptedException {
    String key = Rows.inspectionKey(Rows.SOUTH, 3);
    Inspection before = stored(key);
    Inspection wanted = before.toBuilder().setNotes("Unseen").setVisits(77).build();
    Change.Builder put = copy.put(wanted, key);
    require(put.getBaseAbsent(), "base_absent of a row that is not held");
    stream.push(phone.next(put));
    var outcome = pushed(4);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getMessage());
    requireEqual(1, outcome.getConflicts(), "conflicts");
    requireEqual(before.toBuilder().setVisits(77).build(), stored(key), "the row, merged by rule");
    var entry = (Conflict) copy.held(Conflict.getDefaultInstance(), "java-phone/4/0").row();
    requireEqual(0L, entry.getBaseVersion(), "base_version");
    requireEqual(key, entry.getKey(), "key");
    require(entry.getRedacted(), "not redacted, though this client may not read what it met");
    require(entry.getRemoteRow().isEmpty(), "the version of a row that this client does not hold");
    require(!entry.getLocalRow().isEmpty(), "what this client itself wanted is missing");
    return "COMMITTED with a redacted entry in the ledger; notes did not stand";
  }

  private String unordered() throws InterruptedException {
    stream.push(phone.numbered(7, Changes.put(Rows.inspection(Rows.NORTH, 14))));
    var outcome = stream.nextPushResult().getOutcomes(0);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_UNORDERED, outcome.getStatus(), "status");
    requireEqual("COUNTER_GAP", outcome.getReason(), "reason");
    return "COUNTER_GAP, and the stream goes on";
  }

  private String halfClose() throws InterruptedException {
    stream.halfClose();
    stream.awaitEnd();
    return "the server ends the stream with OK";
  }

  private String resumed() throws InterruptedException {
    String key = Rows.inspectionKey(Rows.NORTH, 15);
    backend.commit(Changes.patch(key, Inspection.newBuilder().setVisits(15).build()));
    stream = SyncStream.open(remote, phone.replicaId(), copy, NORTH);
    requireEqual(phone.counter(), stream.welcome().getSettledCounter(), "settled_counter");
    requireEqual(phone.digest(), stream.welcome().getSettledDigest(), "settled_digest");
    requireEqual(key, only(nextDelta()).getKey(), "what changed meanwhile");
    return "with the one change of meanwhile";
  }

  /**
   * Cuts a first sync after its first delta; meanwhile rows of both parts are changed in every way.
   */
  private String cutInFirstCatchUp() throws InterruptedException {
    var own = new Copy();
    try (var first = SyncStream.open(remote, "java-laptop", own, NORTH)) {
      Delta delta = first.nextDelta();
      require(!delta.hasCheckpoint(), "all of it came in one delta");
      own.take(delta);
    }
    int before = own.stagedIds().size();
    List<String> sent = inspectionsOf(own.stagedIds());
    List<String> unsent = new ArrayList<>(inspectionsOf(copy.ids()));
    unsent.removeAll(sent);
    Set<String> touched = changeInEveryWay(sent, unsent);

    int again = 0;
    int after = 0;
    try (var second = SyncStream.open(remote, "java-laptop", own, NORTH)) {
      for (boolean complete = false; !complete; ) {
        Delta delta = second.nextDelta();
        for (RowChange change : delta.getChangesList()) {
          after++;
          if (!sent.contains(change.getKey())) continue;
          again++;
          require(
              touched.contains(change.getKey()),
              change.getKey() + " was sent again, though nothing changed it");
        }
        own.take(delta);
        complete = delta.hasCheckpoint();
      }
    }
    requireSameAsFresh(own);
    return before + " rows, then " + after + ", of which " + again + " had changed meanwhile";
  }

  /** The same for a replica that was away for long: its second catch-up is cut. */
  private String cutInLaterCatchUp() throws InterruptedException {
    var puller = new Puller(remote, "java-tablet", Rows.scopeOf(Rows.NORTH));
    puller.pull();
    var own = puller.copy();
    List<String> keys = inspectionsOf(own.ids());
    var values = Inspection.newBuilder().setVisits(2_000).build();
    backend.commit(
        keys.stream()
            .map(key -> Changes.patch(key, values, Inspection.VISITS_FIELD_NUMBER))
            .toArray(Change.Builder[]::new));
    try (var first = SyncStream.open(remote, "java-tablet", own, NORTH)) {
      Delta delta = first.nextDelta();
      require(!delta.hasCheckpoint(), "all of it came in one delta");
      own.take(delta);
    }
    List<String> sent = inspectionsOf(own.stagedIds());
    var unsent = new ArrayList<>(keys);
    unsent.removeAll(sent);
    changeInEveryWay(sent, unsent);
    var rest = puller.pull();
    requireSameAsFresh(own);
    return sent.size()
        + " changes on the stream, "
        + rest.changes().size()
        + " by a Pull with its cursor";
  }

  /**
   * Patches, deletes and moves away rows that were sent already and rows that were not; returns
   * their keys.
   */
  private Set<String> changeInEveryWay(List<String> sent, List<String> unsent) {
    var touched = new HashSet<String>();
    for (List<String> keys : List.of(sent, unsent)) {
      var values = Inspection.newBuilder().setNotes("Changed meanwhile").build();
      backend.commit(Changes.patch(keys.get(0), values, Inspection.NOTES_FIELD_NUMBER));
      backend.commit(Changes.delete(Rows.INSPECTION, keys.get(1)));
      moveInspection(keys.get(2), Rows.EAST);
      moveInspection(keys.get(3), Rows.EAST);
      moveInspection(keys.get(3), Rows.NORTH);
      backend.commit(Changes.delete(Rows.INSPECTION, keys.get(4)));
      backend.commit(
          Changes.put(Rows.inspection(Rows.NORTH, 0).toBuilder().setId(keys.get(4)).build()));
      touched.addAll(keys.subList(0, 5));
    }
    String fresh = "fresh-" + backend.counter();
    backend.commit(Changes.put(Rows.inspection(Rows.NORTH, 0).toBuilder().setId(fresh).build()));
    touched.add(fresh);
    return touched;
  }

  private String outOfTurn() throws InterruptedException {
    for (var request :
        List.of(
            SyncRequest.newBuilder().setAck(Ack.getDefaultInstance()).build(),
            SyncRequest.newBuilder()
                .setPush(
                    TransactionBatch.newBuilder()
                        .addTransactions(phone.numbered(9, Changes.put(Rows.station("x")))))
                .build())) {
      expectEnd(Code.FAILED_PRECONDITION, "OUT_OF_TURN", request);
    }
    expectEnd(Code.INVALID_ARGUMENT, "MISSING_FIELD", SyncRequest.getDefaultInstance());
    return "the first message must be a hello";
  }

  private void expectEnd(Code code, String reason, SyncRequest request)
      throws InterruptedException {
    try (var broken = new SyncStream(remote)) {
      broken.send(request);
      broken.awaitEnd();
      throw new CheckFailure("the stream ended well");
    } catch (StatusRuntimeException failure) {
      Failure.of(failure).require(code, reason);
    }
  }

  /** After all this, the stream that was open all the while still works. */
  private String unharmed() throws InterruptedException {
    while (copy.seq() < backend.committedSeq()) nextDelta();
    requireSameAsFresh(copy);
    stream.close();
    return copy.size() + " rows, up to " + copy.seq();
  }

  /**
   * The result of one push, once a checkpoint that covers it has come as well, in whichever order.
   */
  private TransactionOutcome pushed(long counter) throws InterruptedException {
    TransactionOutcome outcome = null;
    boolean settled = false;
    while (outcome == null || !settled) {
      SyncResponse response = stream.next();
      if (response.hasDelta()) {
        copy.take(response.getDelta());
        for (WriterPosition position : response.getDelta().getCheckpoint().getSettledList()) {
          requireEqual(phone.replicaId(), position.getReplicaId(), "writer that is settled");
          if (position.getCounter() != counter) continue;
          requireEqual(phone.digest(), position.getDigest(), "digest of what is settled");
          settled = true;
        }
      } else {
        requireEqual(1, response.getPushResult().getOutcomesCount(), "outcomes");
        outcome = response.getPushResult().getOutcomes(0);
      }
    }
    requireEqual(counter, outcome.getCounter(), "counter of the outcome");
    return outcome;
  }

  private void moveInspection(String key, String station) {
    var values = Inspection.newBuilder().setStationId(station).build();
    backend.commit(Changes.patch(key, values, Inspection.STATION_ID_FIELD_NUMBER));
  }

  /** The next delta of the open stream, taken into its copy. */
  private Delta nextDelta() throws InterruptedException {
    Delta delta = stream.nextDelta();
    copy.take(delta);
    return delta;
  }

  private static RowChange only(Delta delta) {
    requireEqual(1, delta.getChangesCount(), "changes");
    require(delta.hasCheckpoint(), "a live delta without a checkpoint");
    return delta.getChanges(0);
  }

  /** The row as the home has it, whoever holds it. */
  private Inspection stored(String key) {
    var request =
        GetRequest.newBuilder()
            .setDatabase(remote.database())
            .setTable(Changes.tableOf(Rows.INSPECTION))
            .setKey(key)
            .build();
    var row = remote.data().get(request).getRow();
    return (Inspection) Tables.unpack(row.getTable(), row.getRow());
  }

  private Inspection held(String key) {
    return (Inspection) copy.held(Rows.INSPECTION, key).row();
  }

  private static List<String> inspectionsOf(Set<Copy.RowId> ids) {
    String table = Changes.tableOf(Rows.INSPECTION);
    return ids.stream()
        .filter(id -> id.table().equals(table))
        .map(Copy.RowId::key)
        .sorted()
        .toList();
  }

  /** Compares what a copy has with what somebody is sent who begins now. */
  private void requireSameAsFresh(Copy kept) {
    var fresh = new Puller(remote, "java-fresh", Rows.scopeOf(Rows.NORTH));
    fresh.pull();
    kept.requireSameRows(fresh.copy());
  }
}
