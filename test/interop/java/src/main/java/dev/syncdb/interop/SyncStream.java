package dev.syncdb.interop;

import dev.syncdb.v1.Delta;
import dev.syncdb.v1.Hello;
import dev.syncdb.v1.PushResult;
import dev.syncdb.v1.Subscription;
import dev.syncdb.v1.SyncRequest;
import dev.syncdb.v1.SyncResponse;
import dev.syncdb.v1.Transaction;
import dev.syncdb.v1.TransactionBatch;
import dev.syncdb.v1.Welcome;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A Sync stream that takes one message at a time, so that it can be cut between any two. */
final class SyncStream implements AutoCloseable {
  private static final long WAIT_SECONDS = 10;

  /** What came: a message, the end of the stream, or why it broke. */
  private record Event(SyncResponse response, Throwable failure) {
    boolean isEnd() {
      return response == null;
    }
  }

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private ClientCallStreamObserver<SyncRequest> requests;
  private Welcome welcome = Welcome.getDefaultInstance();
  private boolean asked;

  SyncStream(Remote remote) {
    remote
        .syncAsync()
        .sync(
            new ClientResponseObserver<SyncRequest, SyncResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<SyncRequest> stream) {
                requests = stream;
                stream.disableAutoRequestWithInitial(0);
              }

              @Override
              public void onNext(SyncResponse response) {
                events.add(new Event(response, null));
              }

              @Override
              public void onError(Throwable failure) {
                events.add(new Event(null, failure));
              }

              @Override
              public void onCompleted() {
                events.add(new Event(null, null));
              }
            });
  }

  /** Opens a stream that goes on where the copy is, and waits for the Welcome. */
  static SyncStream open(Remote remote, String replicaId, Copy copy, Subscription wanted)
      throws InterruptedException {
    var stream = new SyncStream(remote);
    var subscription = wanted.toBuilder().setCursor(copy.cursor());
    var hello =
        Hello.newBuilder().setHandshake(remote.handshake(replicaId)).setSubscription(subscription);
    stream.send(SyncRequest.newBuilder().setHello(hello).build());
    SyncResponse first = stream.next();
    Checks.require(
        first.hasWelcome(), "the first answer is not a welcome, but " + first.getBodyCase());
    stream.welcome = first.getWelcome();
    copy.begin(new Served(stream.welcome.getScopesList(), wanted.getTablesList()));
    return stream;
  }

  Welcome welcome() {
    return welcome;
  }

  void send(SyncRequest request) {
    requests.onNext(request);
  }

  void push(Transaction... transactions) {
    var batch = TransactionBatch.newBuilder().addAllTransactions(List.of(transactions));
    send(SyncRequest.newBuilder().setPush(batch).build());
  }

  /** Says that nothing more will be sent. */
  void halfClose() {
    requests.onCompleted();
  }

  /** The next message. */
  SyncResponse next() throws InterruptedException {
    Event event = take(WAIT_SECONDS * 1_000);
    if (event == null) throw new CheckFailure("nothing came within " + WAIT_SECONDS + " s");
    if (!event.isEnd()) return event.response;
    throw new CheckFailure(
        "the stream ended: " + (event.failure == null ? "OK" : event.failure), event.failure);
  }

  Delta nextDelta() throws InterruptedException {
    SyncResponse response = next();
    Checks.require(response.hasDelta(), "not a delta, but " + response.getBodyCase());
    return response.getDelta();
  }

  PushResult nextPushResult() throws InterruptedException {
    SyncResponse response = next();
    Checks.require(
        response.hasPushResult(), "not the result of a push, but " + response.getBodyCase());
    return response.getPushResult();
  }

  /** Requires that nothing comes for a while. */
  void requireSilence(long ms) throws InterruptedException {
    Event event = take(ms);
    Checks.require(event == null, "something came, though nothing happened: " + event);
  }

  /**
   * Waits for the end of the stream, past whatever comes before; throws what it ended with unless
   * that is OK.
   */
  void awaitEnd() throws InterruptedException {
    for (; ; ) {
      Event event = take(WAIT_SECONDS * 1_000);
      if (event == null)
        throw new CheckFailure("the stream did not end within " + WAIT_SECONDS + " s");
      if (!event.isEnd()) continue;
      if (event.failure instanceof StatusRuntimeException failure) throw failure;
      if (event.failure != null) throw new CheckFailure("the stream broke", event.failure);
      return;
    }
  }

  /** Cuts the stream, like a network that goes away. */
  @Override
  public void close() {
    requests.cancel("cut", null);
  }

  private Event take(long ms) throws InterruptedException {
    if (!asked) requests.request(1);
    Event event = events.poll(ms, TimeUnit.MILLISECONDS);
    asked = event == null;
    return event;
  }
}
