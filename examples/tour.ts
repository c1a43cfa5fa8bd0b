/** `npm run tour`: a server, two devices, and a link that is cut. What is edited, what moves, and what becomes of it. */
import { requireNodeVersion } from '../bin/node-version.js';

requireNodeVersion();

// Only now, since an older Node could not even read what it imports.
const { runTour } = await import('./tour/run-tour.ts');
await runTour();
