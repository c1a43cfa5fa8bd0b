package dev.syncdb.interop;

import java.util.Objects;

/** Runs checks by name and prints what became of each. */
final class Checks {
  private static final int TEXT_MAX = 500;

  /** One check: says in a few words what it saw. */
  interface Check {
    String run() throws InterruptedException;
  }

  /**
   * Prints {@code ok NAME ...} or {@code FAILED NAME ...}; throws {@link CheckFailure} in the
   * latter case.
   */
  void check(String name, Check check) {
    long startNanos = System.nanoTime();
    try {
      String seen = check.run();
      long tookMs = (System.nanoTime() - startNanos) / 1_000_000;
      System.out.printf("ok %s %s (%d ms)%n", name, seen, tookMs);
    } catch (InterruptedException | RuntimeException failure) {
      System.out.printf("FAILED %s %s%n", name, failure.getMessage());
      failure.printStackTrace(System.err);
      throw new CheckFailure(name, failure);
    }
  }

  static void require(boolean condition, String whatIsWrong) {
    if (!condition) throw new CheckFailure(whatIsWrong);
  }

  static void requireEqual(Object expected, Object actual, String what) {
    if (Objects.equals(expected, actual)) return;
    throw new CheckFailure(what + ": expected " + cut(expected) + ", but it is " + cut(actual));
  }

  /** On one line, which is what a check prints. */
  private static String cut(Object value) {
    String text = String.valueOf(value).replaceAll("\\s+", " ");
    return "<" + (text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) + "..." : text) + ">";
  }
}
