#!/usr/bin/env node
// Plain JavaScript that any Node runs. Works from the emitted code, and before any build from the sources.
import { existsSync } from 'node:fs';
import { requireNodeVersion } from './node-version.js';

requireNodeVersion();

const emitted = new URL('../dist/src/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
await import((existsSync(emitted) ? emitted : source).href);
