package dev.syncdb.interop;

import dev.syncdb.v1.DataServiceGrpc;
import dev.syncdb.v1.Handshake;
import dev.syncdb.v1.SchemaRef;
import dev.syncdb.v1.SyncServiceGrpc;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/** One database of one server: what calls need to reach it. */
record Remote(ManagedChannel channel, String database, SchemaRef schema) {
  /** Calls that take longer than this hang. */
  private static final long DEADLINE_SECONDS = 30;

  Handshake handshake(String replicaId) {
    return Handshake.newBuilder()
        .setProtocolMin(1)
        .setProtocolMax(1)
        .setDatabase(database)
        .setSchema(schema)
        .setReplicaId(replicaId)
        .build();
  }

  SyncServiceGrpc.SyncServiceBlockingStub sync() {
    return SyncServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  SyncServiceGrpc.SyncServiceStub syncAsync() {
    return SyncServiceGrpc.newStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  DataServiceGrpc.DataServiceBlockingStub data() {
    return DataServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }
}
