import { type FileHandle, open } from 'node:fs/promises';
import { namingFile } from './failure.ts';
import { badOption } from './option-error.ts';
import { jsonText } from './rows/json-text.ts';
import type { InputRow } from './rows/row-input.ts';

/** Keeps the rows that a load leaves out: a line of JSON each, with file, line, problem and the row as it stood there. */
export class BadRows {
  private readonly path: string;
  private readonly file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  /** INVALID_ARGUMENT BAD_OPTION where there is something of that name: it may be what another load has left out. */
  static async create(path: string): Promise<BadRows> {
    try {
      return new BadRows(path, await open(path, 'wx'));
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw isThere ? badOption('skip-bad', `${path} is there already; give another name`) : error;
    }
  }

  /** On its way to the disk before it counts as left out. */
  async add({ place, source }: InputRow, problem: string): Promise<void> {
    const { file, number, isLine } = place;
    const where = isLine ? { file, line: number } : { file, row: number };
    const line = `${jsonText({ ...where, problem, source })}\n`;
    await namingFile(this.path, () => this.file.writeFile(line));
  }

  async close(): Promise<void> {
    try {
      await namingFile(this.path, () => this.file.sync());
    } finally {
      await this.file.close();
    }
  }
}
