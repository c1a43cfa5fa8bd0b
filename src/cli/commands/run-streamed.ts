import { type Hints, runProgram } from '../failure.ts';
import { type CommandStreams, processStreams } from '../output.ts';
import { remoteHints } from '../remote/remote-hints.ts';

/**
 * Runs a command on the process's own streams. It loads its code itself, so that no command costs the start of another; the
 * hints are those for who talks with a server when left out.
 */
export function runStreamed(
  name: string,
  readerGone: 'end' | 'go-on',
  command: (streams: CommandStreams) => Promise<void>,
  hints: Hints = remoteHints,
): Promise<void> {
  return runProgram(name, () => command(processStreams(readerGone)), hints);
}
