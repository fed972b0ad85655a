/** Rows by id, in the order they first came, with a bound on how many are kept. */
export class Table<Row extends { id: string }> {
  readonly name: string;
  readonly #keepAtMost: number;
  readonly #changed: (table: string, row: Row) => void;
  #rows: Row[] = [];
  #places = new Map<string, number>();

  constructor(name: string, keepAtMost: number, changed: (table: string, row: Row) => void) {
    this.name = name;
    this.#keepAtMost = keepAtMost;
    this.#changed = changed;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get(id: string): Row | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#rows[place];
  }

  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  /** Adds a row or replaces the one with its id; the change is kept with the next commit. */
  put(row: Row): void {
    this.load(row);
    this.#changed(this.name, row);
  }

  /** As `put`, for a row that the journal already has. */
  load(row: Row): void {
    const place = this.#places.get(row.id);
    if (place !== undefined) {
      this.#rows[place] = row;
      return;
    }
    this.#places.set(row.id, this.#rows.length);
    this.#rows.push(row);
    // A tenth at a time, so that forgetting the oldest stays cheap.
    if (this.#rows.length > this.#keepAtMost) this.#forget(Math.ceil(this.#keepAtMost / 10));
  }

  clear(): void {
    this.#rows = [];
    this.#places.clear();
  }

  #forget(count: number): void {
    this.#rows = this.#rows.slice(count);
    this.#places = new Map(this.#rows.map((row, place) => [row.id, place]));
  }
}
