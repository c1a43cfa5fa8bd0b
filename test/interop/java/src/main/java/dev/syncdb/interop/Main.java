package dev.syncdb.interop;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What a client can do that has nothing but stubs generated from the protos: {@code
 * interop-client.jar HOST PORT DATABASE SMALL [SEED]}. Both databases serve the tables of {@code
 * test/v1} and are empty; SMALL sends few rows in one delta. Prints a line for each check, and
 * stops at the first that fails, with exit code 1.
 */
public final class Main {
  private final String host;
  private final int port;
  private final Checks checks = new Checks();

  private Main(String host, int port) {
    this.host = host;
    this.port = port;
  }

  public static void main(String[] args) throws InterruptedException {
    if (args.length < 4) {
      System.err.println("usage: interop-client HOST PORT DATABASE SMALL [SEED]");
      System.exit(2);
    }
    boolean passed = true;
    try {
      new Main(args[0], Integer.parseInt(args[1])).run(args);
    } catch (CheckFailure failure) {
      passed = false;
    }
    // Netty's threads may linger; what is to be said has been said.
    System.exit(passed ? 0 : 1);
  }

  private void run(String[] args) throws InterruptedException {
    Remote remote =
        connected(
            channel -> {
              Remote database = new AdminChecks(channel, args[2], checks).run();
              new PushChecks(database, checks).run();
              new PullChecks(database, checks).run();
              new SyncChecks(database, checks).run();
              new DataChecks(database, checks).run();
              new ForkChecks(database, checks).run();
              return database;
            });
    long seed = args.length > 4 ? Long.parseLong(args[4]) : 1;
    // A connection of its own: for every frame that still comes of a call that was cut, Netty
    // resets the stream once more, and after a thousand of that Node takes it for an attack.
    connected(
        channel -> {
          new WalkChecks(new Remote(channel, args[3], remote.schema()), checks, seed).run();
          return remote;
        });
  }

  private Remote connected(Function<ManagedChannel, Remote> use) throws InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(host, port, InsecureChannelCredentials.create()).build();
    try {
      return use.apply(channel);
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }
}
