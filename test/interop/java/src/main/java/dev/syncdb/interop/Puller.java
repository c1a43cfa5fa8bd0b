package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;

import com.google.protobuf.ByteString;
import dev.syncdb.v1.Delta;
import dev.syncdb.v1.Encoding;
import dev.syncdb.v1.Progress;
import dev.syncdb.v1.PullRequest;
import dev.syncdb.v1.PullResponse;
import dev.syncdb.v1.RowChange;
import dev.syncdb.v1.Subscription;
import io.grpc.Context;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** A replica that only reads, by plain Pull calls. */
final class Puller {
  /** What one Pull brought. */
  record Pulled(int deltas, boolean complete, List<RowChange> changes) {
    /** The one change that there must be. */
    RowChange only() {
      Checks.requireEqual(1, changes.size(), "changes");
      return changes.get(0);
    }
  }

  private final Remote remote;
  private final String replicaId;
  private final Copy copy;
  private final Subscription.Builder subscription;

  Puller(Remote remote, String replicaId, Copy copy, Subscription wanted) {
    this.remote = remote;
    this.replicaId = replicaId;
    this.copy = copy;
    this.subscription = wanted.toBuilder().clearEncodings().addEncodings(Encoding.ENCODING_ROWS);
  }

  /** One that begins now. */
  Puller(Remote remote, String replicaId, String... scopes) {
    this(
        remote,
        replicaId,
        new Copy(),
        Subscription.newBuilder().addAllScopes(List.of(scopes)).build());
  }

  Copy copy() {
    return copy;
  }

  /** What the next Pull asks for; its cursor is put in then. */
  Subscription.Builder subscription() {
    return subscription;
  }

  /** A Pull from any cursor; nothing of it is taken. */
  Iterator<PullResponse> startFrom(ByteString cursor) {
    return remote
        .sync()
        .pull(
            PullRequest.newBuilder()
                .setHandshake(remote.handshake(replicaId))
                .setSubscription(subscription.setCursor(cursor))
                .build());
  }

  /** Pulls up to the checkpoint and takes all of it. */
  Pulled pull() {
    Pulled pulled = pull(Integer.MAX_VALUE);
    require(pulled.complete, "the stream ended before a checkpoint");
    return pulled;
  }

  /** Pulls, and cuts the call once so many deltas have come. */
  Pulled pull(int deltasMax) {
    try (var context = Context.current().withCancellation()) {
      Context before = context.attach();
      try {
        return take(startFrom(copy.cursor()), deltasMax);
      } finally {
        context.detach(before);
      }
    }
  }

  private Pulled take(Iterator<PullResponse> responses, int deltasMax) {
    var changes = new ArrayList<RowChange>();
    int deltas = 0;
    boolean complete = false;
    Progress before = Progress.getDefaultInstance();
    while (deltas < deltasMax && responses.hasNext()) {
      require(!complete, "a response after the checkpoint");
      PullResponse response = responses.next();
      require(!response.getFromScratch(), "rebuild, though the server has forgotten nothing");
      if (deltas == 0) {
        var tables = List.copyOf(subscription.getTablesList());
        copy.begin(new Served(List.copyOf(response.getScopesList()), tables));
      }
      Delta delta = response.getDelta();
      require(
          deltas == 0 || delta.getProgress().getRowsDone() >= before.getRowsDone(),
          "rows_done went back");
      require(
          deltas == 0 || delta.getProgress().getRowsLeft() <= before.getRowsLeft(),
          "rows_left grew");
      before = delta.getProgress();
      copy.take(delta);
      changes.addAll(delta.getChangesList());
      deltas++;
      complete = delta.hasCheckpoint();
    }
    require(
        !complete || before.getRowsLeft() == 0,
        before.getRowsLeft() + " rows left at the checkpoint");
    return new Pulled(deltas, complete, changes);
  }
}
