// Plain JavaScript that any Node runs, so that an old one says what to do instead of failing on TypeScript.
// Imported first by whatever is started directly; npm scripts need it not, for they run on the `node` package.

const wanted = 24;

/**
 * Returns the one line for a Node that is too old, and undefined for one that will do.
 * @param {string} version such as `24.1.0`
 */
export function nodeVersionProblem(version) {
  if (Number.parseInt(version, 10) >= wanted) return undefined;
  return (
    `syncdb needs Node ${wanted} or newer, and this is Node ${version}: ` +
    'install it from https://nodejs.org, or start this through an npm script, which brings its own.'
  );
}

/** Ends the process with that line, where there is one. */
export function requireNodeVersion() {
  const problem = nodeVersionProblem(process.versions.node);
  if (problem === undefined) return;
  console.error(problem);
  process.exit(1);
}
