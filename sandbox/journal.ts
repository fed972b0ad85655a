import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** One row of a change: its table, its id, and the row itself as JSON. */
export type Put = { table: string; id: string; json: string };

const READ_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;

/**
 * The append-only file that makes the books survive SIGKILL.
 *
 * A change is one line, so that it is kept whole or not at all. Lines are handed to the
 * operating system once per turn of the event loop, all together, and `append` resolves when
 * they are there. A killed process loses nothing that it answered; lost power may.
 */
export class Journal {
  readonly #path: string;
  #file: number;
  #size = 0;
  #waiting: string[] = [];
  #flush: Promise<void> | undefined;
  #closed = false;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#path = join(dir, "books.jsonl");
    this.#file = openSync(this.#path, "a+");
  }

  /** Hands over every row in the order it was written, cuts off a torn end, counts the rows. */
  replay(take: (table: string, id: string, row: unknown) => void): number {
    let count = 0;
    for (const line of readLines(this.#file)) {
      const rows = parseRows(line);
      if (rows === undefined) break;
      for (const [table, id, row] of rows) take(table, id, row);
      count += rows.length;
      this.#size += line.length + 1;
    }
    ftruncateSync(this.#file, this.#size);
    return count;
  }

  /** Replaces the journal by these rows: whoever is killed meanwhile leaves the old or the new. */
  rewrite(puts: Iterable<Put>): void {
    const path = `${this.#path}.next`;
    rmSync(path, { force: true });
    const file = openSync(path, "a+");
    let size = 0;
    for (const put of puts) size += writeWhole(file, Buffer.from(lineOf([put])));
    fsyncSync(file);
    renameSync(path, this.#path);
    closeSync(this.#file);
    this.#file = file;
    this.#size = size;
    this.#waiting = [];
  }

  append(puts: readonly Put[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("The sandbox is stopping."));
    this.#waiting.push(lineOf(puts));
    this.#flush ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#flush = undefined;
        try {
          this.#write();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#flush;
  }

  close(): void {
    if (this.#closed) return;
    this.#write();
    this.#closed = true;
    closeSync(this.#file);
  }

  #write(): void {
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length === 0 || this.#closed) return;
    try {
      this.#size += writeWhole(this.#file, Buffer.from(lines.join("")));
    } catch (error) {
      // A full disk may leave half a line, and the next one must not be glued to it.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
  }
}

function* readLines(file: number): Generator<Buffer> {
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  let rest = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const length = readSync(file, chunk, 0, READ_BYTES, position);
    if (length === 0) return;
    position += length;
    rest = Buffer.concat([rest, chunk.subarray(0, length)]);
    let start = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
}

function parseRows(line: Buffer): [string, string, unknown][] | undefined {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}

function lineOf(puts: readonly Put[]): string {
  const rows = puts.map(({ table, id, json }) => `["${table}",${JSON.stringify(id)},${json}]`);
  return `[${rows.join(",")}]\n`;
}

function writeWhole(file: number, bytes: Buffer): number {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written);
  }
  return bytes.length;
}
