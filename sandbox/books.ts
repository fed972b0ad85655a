import { Journal, type Put } from "./journal.ts";
import type { Mail } from "./sendgrid/mail.ts";
import type { BalanceTransaction, Dispute, Refund } from "./stripe/money-objects.ts";
import {
  ANSWER_KEPT_MS,
  type Charge,
  type Delivery,
  type Intent,
  type StoredAnswer,
  type StripeEvent,
} from "./stripe/objects.ts";
import type { Trouble } from "./stripe/trouble.ts";
import { initialSwitches, type Switches } from "./switches.ts";
import { Table } from "./table.ts";
import type { Sms } from "./twilio/sms.ts";

/** More than any run here makes; a sandbox that is never reset must still not grow for ever. */
const KEEP_AT_MOST = 1_000_000;

/**
 * The stand-ins' own books: everything that they were told and answered, as the witness.
 *
 * Handlers change tables without waiting in between and then commit once, so that one request
 * is one line of the journal.
 */
export class Books {
  /** None where they need not outlive the process. */
  readonly #journal: Journal | undefined;
  readonly #tables: Table<{ id: string }>[] = [];
  /** What was put since the last commit: of a row, as it was put last. */
  #puts = new Map<string, { table: string; row: { id: string } }>();
  /** The JSON of objects that one request answers, tells of and writes down. */
  readonly #jsons = new Map<object, string>();

  readonly intents = this.#table<Intent>("intents");
  readonly charges = this.#table<Charge>("charges");
  readonly refunds = this.#table<Refund>("refunds");
  readonly disputes = this.#table<Dispute>("disputes");
  readonly transactions = this.#table<BalanceTransaction>("transactions");
  readonly events = this.#table<StripeEvent>("events");
  readonly deliveries = this.#table<Delivery>("deliveries");
  readonly troubles = this.#table<Trouble>("troubles");
  readonly answers = this.#table<StoredAnswer>("answers", 200_000);
  readonly mails = this.#table<Mail>("mails");
  readonly texts = this.#table<Sms>("texts");
  readonly #switches = this.#table<Switches>("switches");

  constructor(dir: string | undefined, now: () => number) {
    if (dir === undefined) return;
    this.#journal = new Journal(dir);
    const byName = new Map(this.#tables.map((table) => [table.name, table]));
    const written = this.#journal.replay((table, _id, row) => {
      const isForgotten =
        table === this.answers.name && now() - (row as StoredAnswer).at >= ANSWER_KEPT_MS;
      if (!isForgotten) byName.get(table)?.load(row as { id: string });
    });
    if (written > 2 * this.#size()) this.#journal.rewrite(this.#everything());
  }

  get switches(): Switches {
    const kept = this.#switches.get("switches");
    return kept ? { ...initialSwitches, ...kept } : initialSwitches;
  }

  turn(changes: Partial<Switches>): Switches {
    const switches = { ...this.switches, ...changes };
    this.#switches.put(switches);
    return switches;
  }

  /** An object's JSON, made once until the next commit: rows are replaced, and never changed. */
  jsonOf(object: object): string {
    const known = this.#jsons.get(object);
    if (known !== undefined) return known;
    const json = JSON.stringify(object);
    this.#jsons.set(object, json);
    return json;
  }

  /** Resolves once all that was put since the last commit is in the journal, if there is one. */
  commit(): Promise<void> {
    const journal = this.#journal;
    const rows = journal ? [...this.#puts.values()] : [];
    const puts = rows.map(({ table, row }) => putOf(table, row, this.#jsons.get(row)));
    this.#puts.clear();
    this.#jsons.clear();
    return journal && puts.length > 0 ? journal.append(puts) : Promise.resolve();
  }

  reset(): void {
    for (const table of this.#tables) table.clear();
    this.#puts.clear();
    this.#jsons.clear();
    this.#journal?.rewrite([]);
  }

  close(): void {
    void this.commit();
    this.#journal?.close();
  }

  #table<Row extends { id: string }>(name: string, keepAtMost = KEEP_AT_MOST): Table<Row> {
    const table = new Table<Row>(name, keepAtMost, (name, row) => {
      this.#puts.set(`${name} ${row.id}`, { table: name, row });
    });
    this.#tables.push(table as unknown as Table<{ id: string }>);
    return table;
  }

  #size(): number {
    return this.#tables.reduce((sum, table) => sum + table.rows.length, 0);
  }

  *#everything(): Generator<Put> {
    for (const table of this.#tables) {
      for (const row of table.rows) yield putOf(table.name, row);
    }
  }
}

function putOf(table: string, row: { id: string }, json = JSON.stringify(row)): Put {
  return { table, id: row.id, json };
}
