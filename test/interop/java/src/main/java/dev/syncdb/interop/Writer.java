package dev.syncdb.interop;

import static dev.syncdb.interop.Checks.require;
import static dev.syncdb.interop.Checks.requireEqual;

import com.google.protobuf.ByteString;
import dev.syncdb.v1.Change;
import dev.syncdb.v1.OutcomeStatus;
import dev.syncdb.v1.PushRequest;
import dev.syncdb.v1.PushResponse;
import dev.syncdb.v1.Transaction;
import dev.syncdb.v1.TransactionOutcome;
import java.util.List;

/**
 * A replica that only writes: it counts its transactions, chains each to the one before by its
 * digest, and pushes them as plain calls.
 */
final class Writer {
  private final Remote remote;
  private final String replicaId;
  private long counter;
  private ByteString digest = ByteString.EMPTY;
  private Transaction newest = Transaction.getDefaultInstance();
  private long committedSeq;

  Writer(Remote remote, String replicaId) {
    this.remote = remote;
    this.replicaId = replicaId;
  }

  /** Another device that has all that this one has, its id too. */
  Writer(Writer original) {
    this(original.remote, original.replicaId);
    counter = original.counter;
    digest = original.digest;
    newest = original.newest;
  }

  String replicaId() {
    return replicaId;
  }

  /** The counter of the newest transaction. */
  long counter() {
    return counter;
  }

  /** The digest of the newest transaction; empty before the first. */
  ByteString digest() {
    return digest;
  }

  /** The newest transaction, to be sent again as it is. */
  Transaction newest() {
    return newest;
  }

  /** A seq that includes all that this writer has committed. */
  long committedSeq() {
    return committedSeq;
  }

  /** The next transaction, which has now taken its counter. */
  Transaction next(Change.Builder... changes) {
    newest = numbered(++counter, changes).toBuilder().setPreviousDigest(digest).build();
    digest = Digests.of(newest);
    return newest;
  }

  /** A transaction with any counter that chains to nothing, for what must not be taken. */
  Transaction numbered(long number, Change.Builder... changes) {
    var transaction = Transaction.newBuilder().setReplicaId(replicaId).setCounter(number);
    for (Change.Builder change : changes) transaction.addChanges(change);
    return transaction.build();
  }

  PushResponse push(Transaction... transactions) {
    return remote
        .sync()
        .push(
            PushRequest.newBuilder()
                .setHandshake(remote.handshake(replicaId))
                .addAllTransactions(List.of(transactions))
                .build());
  }

  /** Pushes one transaction that must be committed. Returns a seq that includes it. */
  long commit(Change.Builder... changes) {
    Transaction transaction = next(changes);
    PushResponse response = push(transaction);
    TransactionOutcome outcome = onlyOutcome(response, transaction);
    requireEqual(
        OutcomeStatus.OUTCOME_STATUS_COMMITTED,
        outcome.getStatus(),
        outcome.getReason() + " " + outcome.getMessage());
    committedSeq = response.getHeadSeq();
    return committedSeq;
  }

  /** Pushes one transaction that must be refused for this reason. */
  TransactionOutcome refused(String reason, Change.Builder... changes) {
    Transaction transaction = next(changes);
    TransactionOutcome outcome = onlyOutcome(push(transaction), transaction);
    requireEqual(OutcomeStatus.OUTCOME_STATUS_REFUSED, outcome.getStatus(), "status");
    requireEqual(reason, outcome.getReason(), "reason");
    require(!outcome.getMessage().isEmpty(), "a refusal without a sentence for people");
    return outcome;
  }

  static TransactionOutcome onlyOutcome(PushResponse response, Transaction transaction) {
    requireEqual(1, response.getOutcomesCount(), "outcomes");
    TransactionOutcome outcome = response.getOutcomes(0);
    requireEqual(transaction.getReplicaId(), outcome.getReplicaId(), "writer of the outcome");
    requireEqual(transaction.getCounter(), outcome.getCounter(), "counter of the outcome");
    return outcome;
  }
}
