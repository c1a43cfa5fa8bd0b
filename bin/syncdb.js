#!/usr/bin/env node
// Plain JavaScript that any Node runs. In a checkout it runs the sources, so that no old build hides them; the
// published package has only the emitted code.
import { existsSync } from 'node:fs';
import { requireNodeVersion } from './node-version.js';

requireNodeVersion();

const emitted = new URL('../dist/src/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
await import((existsSync(source) ? source : emitted).href);
