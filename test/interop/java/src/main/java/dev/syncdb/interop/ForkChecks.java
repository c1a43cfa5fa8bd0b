package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;
import static dev.syncdb.interop.Failure.expected;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.GetRequest;
import dev.syncdb.v1.OutcomeStatus;
import dev.syncdb.v1.PullResponse;
import dev.syncdb.v1.PushResponse;
import dev.syncdb.v1.Transaction;
import dev.syncdb.v1.TransactionOutcome;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.List;
import test.v1.InspectionOuterClass.Inspection;

/** A phone and its copy: two devices with one id, of which the second goes on under a new one. */
final class ForkChecks {
  private static final String ID = "java-twin";

  private final Remote remote;
  private final Checks checks;
  private final Writer phone;

  /** What the copy of the phone has queued. The first is the phone's as well. */
  private final List<Transaction> queue = new ArrayList<>();

  /** How many of these were ordered under the old id. */
  private int settled;

  private List<Transaction> moved = List.of();

  ForkChecks(Remote remote, Checks checks) {
    this.remote = remote;
    this.checks = checks;
    this.phone = new Writer(remote, ID);
  }

  void run() {
    checks.check("fork-told-by-the-settled-digest", this::told);
    checks.check("fork-what-was-ordered-before", this::orderedBefore);
    checks.check("fork-new-id", this::newId);
    checks.check("fork-copy-of-the-copy", this::copyOfTheCopy);
    checks.check("fork-first-device-goes-on", this::firstGoesOn);
  }

  private String told() {
    phone.commit(putNew(0, "Before"));
    queue.add(phone.next(putNew(1, "Of both")));
    var copy = new Writer(phone);
    queue.add(copy.next(putNew(2, "Of the copy")));
    queue.add(copy.next(patchNotes(2, "Again of the copy").setBaseCounter(copy.counter())));

    committed(phone.push(queue.get(0)), 1);
    phone.commit(putNew(3, "Of the phone"));
    PullResponse first = greeted(ID);
    requireEqual(phone.counter(), first.getSettledCounter(), "settled_counter");
    requireEqual(phone.digest(), first.getSettledDigest(), "settled_digest");
    Transaction own = queue.get((int) (first.getSettledCounter() - queue.get(0).getCounter()));
    require(
        !Digests.of(own).equals(first.getSettledDigest()),
        "the copy cannot tell what is settled from its own");
    return "counter " + own.getCounter() + " is settled, and not by the copy's transaction";
  }

  /** All of the queue goes once more, one by one: only the home knows what it has ordered. */
  private String orderedBefore() {
    var copy = new Writer(remote, ID);
    committed(copy.push(queue.get(0)), 1);
    settled = 1;
    Failure fork =
        expected(
            Code.FAILED_PRECONDITION, "REPLICA_FORKED", () -> copy.push(queue.get(settled)));
    requireEqual(ID, fork.metadata().get("replica_id"), "replica_id");
    requireEqual(
        Long.toString(queue.get(settled).getCounter()), fork.metadata().get("counter"), "counter");
    // What chains to a transaction that was not ordered is not ordered either.
    expected(Code.FAILED_PRECONDITION, "REPLICA_FORKED", () -> copy.push(queue.get(2)));
    return "one is the copy's too, then " + fork;
  }

  private String newId() {
    moved = underNewId();
    String id = moved.get(0).getReplicaId();
    committed(new Writer(remote, id).push(moved.toArray(Transaction[]::new)), moved.size());
    requireEqual("Of the phone", notes(3), "what the phone wrote");
    requireEqual("Again of the copy", notes(2), "what its copy wrote");
    requireEqual("Of both", notes(1), "what both had");
    PullResponse first = greeted(id);
    requireEqual((long) moved.size(), first.getSettledCounter(), "settled_counter");
    requireEqual(
        Digests.of(moved.get(moved.size() - 1)), first.getSettledDigest(), "settled_digest");
    return moved.size() + " edits of the copy, as " + id;
  }

  /** Whoever waits with the same transactions comes to the same id, and so to the same bytes. */
  private String copyOfTheCopy() {
    List<Transaction> again = underNewId();
    requireEqual(moved, again, "transactions under the new id");
    var other = new Writer(remote, again.get(0).getReplicaId());
    committed(other.push(again.toArray(Transaction[]::new)), again.size());
    requireEqual((long) again.size(), greeted(other.replicaId()).getSettledCounter(), "settled");
    return "ordered once";
  }

  private String firstGoesOn() {
    phone.commit(patchNotes(3, "Still the phone").setBaseCounter(phone.counter()));
    requireEqual(phone.digest(), greeted(ID).getSettledDigest(), "settled_digest");
    return "counter " + phone.counter();
  }

  /** What was not ordered, with counters from 1 and chained anew. */
  private List<Transaction> underNewId() {
    List<Transaction> rest = queue.subList(settled, queue.size());
    long last = rest.get(0).getCounter() - 1;
    String id = Digests.nextId(ID, Digests.of(rest.get(0)));
    var previous = ByteString.EMPTY;
    var result = new ArrayList<Transaction>();
    for (Transaction transaction : rest) {
      var next =
          transaction.toBuilder()
              .setReplicaId(id)
              .setCounter(transaction.getCounter() - last)
              .setPreviousDigest(previous);
      for (Change.Builder change : next.getChangesBuilderList()) {
        change.setBaseCounter(Math.max(0, change.getBaseCounter() - last));
      }
      result.add(next.build());
      previous = Digests.of(next.build());
    }
    return result;
  }

  private static void committed(PushResponse response, int count) {
    requireEqual(count, response.getOutcomesCount(), "outcomes");
    for (TransactionOutcome outcome : response.getOutcomesList()) {
      requireEqual(
          OutcomeStatus.OUTCOME_STATUS_COMMITTED, outcome.getStatus(), outcome.getReason());
    }
  }

  /** The first answer of a Pull, which tells what is settled. */
  private PullResponse greeted(String replicaId) {
    var responses =
        new Puller(remote, replicaId, Rows.scopeOf(Rows.EAST)).startFrom(ByteString.EMPTY);
    PullResponse first = responses.next();
    responses.forEachRemaining(response -> {});
    return first;
  }

  private static String key(int index) {
    return "twin-" + index;
  }

  private static Change.Builder putNew(int index, String notes) {
    var row = Inspection.newBuilder().setId(key(index)).setStationId(Rows.EAST).setNotes(notes);
    return Changes.put(row.build()).setBaseVersion(0).setBaseAbsent(true);
  }

  private static Change.Builder patchNotes(int index, String notes) {
    var values = Inspection.newBuilder().setNotes(notes).build();
    return Changes.patch(key(index), values, Inspection.NOTES_FIELD_NUMBER).setBaseVersion(0);
  }

  private String notes(int index) {
    var request =
        GetRequest.newBuilder()
            .setDatabase(remote.database())
            .setTable(Changes.tableOf(Rows.INSPECTION))
            .setKey(key(index))
            .build();
    try {
      return remote.data().get(request).getRow().getRow().unpack(Inspection.class).getNotes();
    } catch (InvalidProtocolBufferException broken) {
      throw new CheckFailure("a row that does not parse", broken);
    }
  }
}
