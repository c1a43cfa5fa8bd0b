/** Characters of a cell; what is longer is cut, for a person reads it. */
const cellWidthMax = 40;

/** Lines of a table whose columns are as wide as the first rows need, so that the rest can follow as it comes. */
export class TextTable {
  private readonly names: readonly string[];
  private readonly toRight: readonly boolean[];
  private widths: readonly number[] | undefined;

  /** `toRight` says which columns are of numbers. */
  constructor(names: readonly string[], toRight: readonly boolean[] = []) {
    this.names = names;
    this.toRight = toRight;
  }

  /** The lines of these rows, below the head where they are the first. */
  lines(rows: readonly (readonly string[])[]): string[] {
    const shown = rows.map((cells) => cells.map(shownCell));
    if (this.widths !== undefined) return shown.map((cells) => this.line(cells));
    this.widths = this.names.map((name, index) =>
      Math.max(name.length, ...shown.map((cells) => cells[index]?.length ?? 0)),
    );
    const rule = this.widths.map((width) => '─'.repeat(width));
    return [this.names, rule, ...shown].map((cells) => this.line(cells));
  }

  private line(cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const width = this.widths?.[index] ?? 0;
      return this.toRight[index] === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return padded.join('  ').trimEnd();
  }
}

/** One line, without what a terminal would take for a command. */
function shownCell(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, '·');
  return line.length > cellWidthMax ? `${line.slice(0, cellWidthMax - 1).toWellFormed()}…` : line;
}
