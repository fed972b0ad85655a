import { soldStatuses } from "../../src/orders/lifecycle.ts";
import type { Books, Job } from "./books.ts";
import { Crew } from "./crew.ts";
import type { Letter, Way } from "./letters.ts";
import { actAtStripe, pay, pick } from "./outside.ts";
import { type AtTheShop, actAtTheShop } from "./shop-acts.ts";
import type { Asked, Heard } from "./steps.ts";
import type { News, TinyStripe } from "./tiny-stripe.ts";

/** An answer that took longer than this is none: whoever waited for it has given up. */
const mostWaitSeconds = 3_600;

/** The shop, Stripe, the workers and all that is under way between them, moved by letters. */
export class World {
  readonly books: Books;
  readonly stripe: TinyStripe;
  readonly crew: Crew;
  /** What somebody has in hand: to be asked, or to be written down. */
  readonly hand: (Asked | Heard)[] = [];
  readonly orderIds: string[] = [];

  constructor(books: Books, stripe: TinyStripe) {
    this.books = books;
    this.stripe = stripe;
    this.crew = new Crew(books, stripe);
  }

  async play(letter: Letter): Promise<void> {
    switch (letter.does) {
      case "place":
        return this.#place(letter.quantity);
      case "serve":
        return this.#serve(letter.quantity);
      case "work":
        return this.#work(pick(await this.#jobs(), letter.nr), letter.way);
      case "expire":
        return this.#work({ kind: "expire", id: "" }, "done");
      case "hear":
        return this.#hear(letter);
      case "goOn":
        return this.#goOn(letter);
      case "goOnTogether":
        return this.applyAll();
      case "die":
        this.hand.splice(letter.nr % Math.max(this.hand.length, 1), 1);
        return;
      case "flushRedis":
        this.crew.hints.length = 0;
        return;
      case "refuseStart":
        return this.#refuseStart(letter.nr);
      case "pay":
      case "settle":
        return this.#pay(letter);
      case "cancel":
      case "ship":
      case "takeBack":
      case "force":
      case "edit":
      case "refund":
        return this.#serveAt(letter);
      case "atStripe":
        return actAtStripe(this.stripe, letter);
      case "pass":
        return this.pass(letter.seconds);
    }
  }

  async pass(seconds: number): Promise<void> {
    this.stripe.seconds += seconds;
    await this.books.pass(seconds);
  }

  /** Everything that somebody was told and has in hand is written down, in one batch. */
  async applyAll(): Promise<void> {
    const heard = this.hand.filter((held): held is Heard => "after" in held);
    const asked = this.hand.filter((held): held is Asked => "call" in held);
    const next = await this.crew.apply(heard);
    this.hand.splice(0, this.hand.length, ...asked, ...next);
  }

  /** Works a job to its end, as far as nobody dies. */
  async finish(asked: Asked | null): Promise<void> {
    for (let next = asked; next !== null; ) {
      const [then = null] = await this.crew.apply([await next.call()]);
      next = then;
    }
  }

  async #place(quantity: number): Promise<void> {
    const jobs = await this.books.place(quantity);
    this.orderIds.push(...jobs.map(({ id }) => id));
    this.crew.hint(jobs);
  }

  async #serve(quantity: number): Promise<void> {
    await this.#place(quantity);
    for (const kind of ["reserve", "start_payment"]) {
      const job = this.crew.hints.at(-1);
      if (job?.kind === kind) await this.#work(job, "done");
    }
  }

  /** What a hint speaks of, and every row that waits: a job may come at any time. */
  async #jobs(): Promise<Job[]> {
    const waiting = await this.books.waiting();
    return [...this.crew.hints, ...waiting.map(({ kind, id }) => ({ kind, id }))];
  }

  async #work(job: Job | undefined, way: Way): Promise<void> {
    if (!job) return;
    const hint = this.crew.hints.findIndex(({ kind, id }) => kind === job.kind && id === job.id);
    if (hint >= 0) this.crew.hints.splice(hint, 1);
    await this.#goThrough(await this.crew.begin(job), way);
  }

  async #goThrough(asked: Asked | null, way: Way): Promise<void> {
    if (asked === null || way === "cut") return;
    if (way === "held") {
      this.hand.push(asked);
    } else if (way === "unreached") {
      await this.books.recordFailure(asked.job);
    } else if (way === "late") {
      this.hand.push(await asked.call());
    } else if (way === "lost") {
      await asked.call();
      await this.books.recordFailure(asked.job);
    } else {
      await this.finish(asked);
    }
  }

  async #hear({ nr, way, again }: Extract<Letter, { does: "hear" }>): Promise<void> {
    const news: News | undefined = pick(this.stripe.news, nr);
    if (!news) return;
    // One that was heard and not settled stays in the inbox.
    if (way === "done" && !again) this.stripe.news.splice(this.stripe.news.indexOf(news), 1);
    await this.#goThrough(await this.crew.beginNews(news), way);
  }

  async #goOn({ nr, again }: Extract<Letter, { does: "goOn" }>): Promise<void> {
    const held = pick(this.hand, nr);
    if (!held) return;
    if (!again || "call" in held) this.hand.splice(this.hand.indexOf(held), 1);
    if ("after" in held) {
      this.hand.push(...(await this.crew.apply([held])));
    } else if (this.stripe.seconds - held.at <= mostWaitSeconds) {
      this.hand.push(await held.call());
    }
  }

  async #refuseStart(nr: number): Promise<void> {
    const isHeld = (id: string) => this.hand.some(({ job }) => job.id === id);
    const starts = (await this.#jobs()).filter(
      ({ kind, id }) => kind === "start_payment" && !isHeld(id),
    );
    const job = pick(starts, nr);
    if (!job) return;
    const asked = await this.books.claimStart(job.id);
    // What Stripe refuses for good it has not made before.
    if (asked.todo === "create" && !this.stripe.find(job.id)) await this.books.failStart(job.id);
  }

  /** Somebody may keep a secret in a second tab for as long as they like, whatever we know. */
  async #pay({ does, nr, how }: Extract<Letter, { does: "pay" | "settle" }>): Promise<void> {
    const { payments } = await this.books.look();
    const open = does === "pay" ? ["needs_payment"] : ["processing", "needs_action"];
    const intents = payments.flatMap(({ intentId, secretStored }) => {
      const intent = intentId && secretStored ? this.stripe.intents.get(intentId) : undefined;
      return intent && open.includes(intent.status) ? [intent.id] : [];
    });
    const id = pick(intents, nr);
    if (id) pay(this.stripe, id, how);
  }

  async #serveAt(letter: AtTheShop): Promise<void> {
    const orderId = pick(await this.#ordersFor(letter), letter.nr);
    if (orderId) this.crew.hint(await actAtTheShop(this.books, orderId, letter));
  }

  /** Goods are shipped, given up and taken back of what is paid, mostly. */
  async #ordersFor(letter: AtTheShop): Promise<readonly string[]> {
    const isAboutAll = letter.does === "cancel" && letter.quantity === null;
    if (isAboutAll || !["cancel", "ship", "takeBack"].includes(letter.does)) return this.orderIds;
    const { orders } = await this.books.look();
    const sold = orders.filter(({ status }) => soldStatuses.includes(status));
    return sold.length > 0 ? sold.map(({ id }) => id) : this.orderIds;
  }
}
