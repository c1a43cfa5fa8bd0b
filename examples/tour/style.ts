/** How a text stands out: in colour on a terminal, else as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  /** Each name has its colour. */
  of(name: string, text: string): string;
}

const colours: Readonly<Record<string, number>> = { Anna: 36, Ben: 35 };

/** Colours where this is a terminal and nobody has set NO_COLOR (no-color.org). */
export function createStyle(isTerminal: boolean, noColour = process.env.NO_COLOR ?? ''): Style {
  const inCode = (code: number) => (text: string) =>
    isTerminal && noColour === '' ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    bold: inCode(1),
    dim: inCode(2),
    good: inCode(32),
    warn: inCode(33),
    bad: inCode(31),
    of: (name, text) => inCode(colours[name] ?? 0)(text),
  };
}
