package dev.syncdb.interop;

/** Something is not as the protos say. */
final class CheckFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  CheckFailure(String message) {
    super(message);
  }

  CheckFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
