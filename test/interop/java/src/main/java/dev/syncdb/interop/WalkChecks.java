package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;

import com.google.protobuf.Message;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.Delta;
import dev.syncdb.v1.Operation;
import dev.syncdb.v1.OutcomeStatus;
import dev.syncdb.v1.PushResponse;
import dev.syncdb.v1.Subscription;
import dev.syncdb.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import test.v1.InspectionOuterClass.Station;
import test.v1.ShapesOuterClass.Shapes;

/**
 * A random walk, the same for the same seed: writers change rows and move them between scopes,
 * readers change what they subscribe to and are cut anywhere, on streams and in plain calls.
 * Whoever comes to a checkpoint holds exactly the rows that a newcomer with the same subscription
 * is sent.
 */
final class WalkChecks {
  private static final int STEPS = 500;
  private static final int KEYS = 40;

  /** A reader that lives through the whole walk. */
  private record Reader(String replicaId, Copy copy, Subscription.Builder wanted) {}

  private final Remote remote;
  private final Checks checks;
  private final long seed;
  private final Random random;
  private final List<Writer> writers = new ArrayList<>();
  private final List<Reader> readers = new ArrayList<>();
  private long seq;
  private int cuts;
  private int checkpoints;

  WalkChecks(Remote remote, Checks checks, long seed) {
    this.remote = remote;
    this.checks = checks;
    this.seed = seed;
    this.random = new Random(seed);
    for (int index = 0; index < 3; index++) writers.add(new Writer(remote, "walk-writer-" + index));
    for (int index = 0; index < 4; index++) {
      readers.add(new Reader("walk-reader-" + index, new Copy(), Subscription.newBuilder()));
    }
  }

  void run() {
    checks.check("random-walk", this::walk);
  }

  private String walk() throws InterruptedException {
    for (int step = 0; step < STEPS; step++) {
      try {
        if (random.nextInt(5) < 3) write();
        else read(readers.get(random.nextInt(readers.size())), random.nextInt(6));
      } catch (CheckFailure failure) {
        throw new CheckFailure(
            "seed " + seed + ", step " + step + ": " + failure.getMessage(), failure);
      }
    }
    for (Reader reader : readers) read(reader, Integer.MAX_VALUE);
    return "seed "
        + seed
        + ": "
        + STEPS
        + " steps, "
        + cuts
        + " cuts, "
        + checkpoints
        + " checkpoints";
  }

  private void write() {
    Writer writer = writers.get(random.nextInt(writers.size()));
    var changes = new ArrayList<Change.Builder>();
    for (int left = 1 + random.nextInt(4); left > 0; left--) changes.add(change());
    Transaction transaction = writer.next(changes.toArray(Change.Builder[]::new));
    PushResponse response = writer.push(transaction);
    OutcomeStatus status = Writer.onlyOutcome(response, transaction).getStatus();
    require(
        status == OutcomeStatus.OUTCOME_STATUS_COMMITTED
            || status == OutcomeStatus.OUTCOME_STATUS_REFUSED,
        "status " + status);
    seq = response.getHeadSeq();
    if (random.nextInt(4) == 0)
      requireEqual(response, writer.push(transaction), "the answer to the same again");
  }

  private Change.Builder change() {
    String key = "row-" + random.nextInt(KEYS);
    Change.Builder change =
        switch (random.nextInt(8)) {
          case 0, 1 -> Changes.delete(Shapes.getDefaultInstance(), key);
          case 2, 3, 4 -> Changes.patch(key, shapes(key).clearId().build(), fields());
          case 5 -> Changes.put(Station.newBuilder().setId(key).setName(word()).build());
          default -> Changes.put(shapes(key).build());
        };
    // What the writer had seen: as it is now, nothing, or any state in between.
    if (random.nextInt(3) == 0) change.setBaseVersion((long) (random.nextDouble() * seq));
    if (change.getOperation() == Operation.OPERATION_PUT) change.setBaseAbsent(random.nextBoolean());
    return change;
  }

  private int[] fields() {
    int[] all = {
      Shapes.SITE_ID_FIELD_NUMBER,
      Shapes.INT32_VALUE_FIELD_NUMBER,
      Shapes.STRING_MAYBE_FIELD_NUMBER,
      Shapes.STRING_LIST_FIELD_NUMBER
    };
    return random
        .ints(0, all.length)
        .distinct()
        .limit(1 + random.nextInt(3))
        .map(index -> all[index])
        .toArray();
  }

  private Shapes.Builder shapes(String key) {
    var row = Shapes.newBuilder().setId(key).setInt32Value(random.nextInt(3));
    // An empty site is no scope.
    if (random.nextInt(4) > 0) row.setSiteId(site());
    if (random.nextBoolean()) row.setStringMaybe(word());
    random
        .ints(0, 4)
        .limit(random.nextInt(3))
        .distinct()
        .forEach(tag -> row.addStringList("tag-" + tag));
    return row;
  }

  private String site() {
    return "site-" + random.nextInt(3);
  }

  private String word() {
    return List.of("", "one", "two", "Straße").get(random.nextInt(4));
  }

  /** Goes on with a reader's copy, at most so many deltas far. */
  private void read(Reader reader, int deltasMax) throws InterruptedException {
    if (random.nextInt(4) == 0) subscribe(reader.wanted);
    boolean complete = random.nextBoolean() ? pull(reader, deltasMax) : stream(reader, deltasMax);
    if (!complete) {
      cuts++;
      return;
    }
    checkpoints++;
    var newcomer = new Reader("walk-newcomer", new Copy(), reader.wanted);
    require(pull(newcomer, Integer.MAX_VALUE), "a newcomer comes to no checkpoint");
    reader.copy.requireSameRows(newcomer.copy);
  }

  private void subscribe(Subscription.Builder wanted) {
    wanted.clearScopes().clearTables();
    for (int left = random.nextInt(4); left > 0; left--) {
      wanted.addScopes(
          List.of("site/" + site(), "tag/tag-" + random.nextInt(4), "tag/*", "site/*")
              .get(random.nextInt(4)));
    }
    Message prototype =
        random.nextBoolean() ? Shapes.getDefaultInstance() : Station.getDefaultInstance();
    if (random.nextInt(3) == 0) wanted.addTables(Changes.tableOf(prototype));
  }

  private boolean pull(Reader reader, int deltasMax) {
    return new Puller(remote, reader.replicaId, reader.copy, reader.wanted.build())
        .pull(deltasMax)
        .complete();
  }

  private boolean stream(Reader reader, int deltasMax) throws InterruptedException {
    try (var stream =
        SyncStream.open(remote, reader.replicaId, reader.copy, reader.wanted.build())) {
      for (int deltas = 0; deltas < deltasMax; deltas++) {
        Delta delta = stream.nextDelta();
        reader.copy.take(delta);
        if (delta.hasCheckpoint()) return true;
      }
      return false;
    }
  }
}
