/**
 * To be called when all is done: what keeps the process after that is a thread in a call that never comes back, as a disk
 * that hangs has it. Nothing else ends such a process, not even `process.exit`, which waits for its threads.
 */
export function endAnyway(afterMs = 2_000): void {
  const end = () => {
    process.stderr.write('ended without closing its files: a disk does not answer\n');
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(end, afterMs).unref();
}
