/** `npm start`: serves the example. See `npm start -- --help`. */
import { requireNodeVersion } from '../bin/node-version.js';

requireNodeVersion();

// Only now, since an older Node could not even read what it imports.
const { runExample } = await import('./serve-example.ts');
await runExample();
