package dev.syncdb.interop;

import java.util.List;

/**
 * Which rows a session is about: scope names and patterns, and full names of tables, none meaning
 * all. What a copy has beside them goes.
 */
record Served(List<String> scopes, List<String> tables) {
  boolean hasTable(String table) {
    return tables.isEmpty() || tables.contains(table) || table.startsWith("syncdb.");
  }

  boolean hasScope(String scope) {
    return scopes.stream().anyMatch(pattern -> matches(pattern, scope));
  }

  private static boolean matches(String pattern, String scope) {
    if (!pattern.endsWith("*")) return pattern.equals(scope);
    // SyncDB's own scopes are not meant where somebody says all.
    if (pattern.length() == 1) return !scope.startsWith("$");
    return scope.startsWith(pattern.substring(0, pattern.length() - 1));
  }
}
