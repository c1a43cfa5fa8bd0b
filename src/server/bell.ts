/** Lets one waiter sleep until something happens; rings before it sleeps count. */
export class Bell {
  private wake: (() => void) | undefined;
  private pending = false;

  ring(): void {
    this.pending = true;
    this.wake?.();
  }

  async rung(): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.pending = false;
    this.wake = undefined;
  }
}
