/** Has the callback called when the turn of the event loop ends: once, however often what is returned is called in it. */
export function atTurnEnd(callback: () => void): () => void {
  let isPlanned = false;
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      callback();
    });
  };
}
