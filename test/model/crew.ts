import type { Applied } from "../../src/orders/paying/apply-intent.ts";
import type { IntentToCancel, NewIntent } from "../../src/payments/gateway.ts";
import type { Books, Job } from "./books.ts";
import { MoneyBackCrew } from "./money-back-crew.ts";
import type { Asked, Heard } from "./steps.ts";
import type { News, TinyStripe } from "./tiny-stripe.ts";

/**
 * What the workers do, cut where a process can die: between the intention and the call, and
 * between the call and the outcome.
 */
export class Crew {
  readonly hints: Job[] = [];
  readonly #books: Books;
  readonly #stripe: TinyStripe;
  readonly #back: MoneyBackCrew;

  constructor(books: Books, stripe: TinyStripe) {
    this.#books = books;
    this.#stripe = stripe;
    this.#back = new MoneyBackCrew(books, stripe);
  }

  /** Up to the point where Stripe is to be asked; null when it need not be. */
  async begin(job: Job): Promise<Asked | null> {
    const { id } = job;
    switch (job.kind) {
      case "reserve":
        this.hint(await this.#books.reserve([id]));
        return null;
      case "expire":
        this.hint(await this.#books.expireHolds());
        return null;
      case "close_order":
        return this.#close(job);
      case "cancel_payment": {
        const left = await this.#books.findLeftOpen(id);
        return left && this.#cancel(job, left, left.observedAt);
      }
      case "start_payment":
        return this.#start(job);
      case "sync_payment":
        return this.#sync(job);
      case "start_refund":
        return this.#back.refund(job);
      case "sync_refund":
        return this.#back.lookAtRefunds(job, (await this.#books.paymentOf("refunds", id)) ?? "");
      case "sync_dispute":
        return this.#back.lookAtDisputes(job, (await this.#books.paymentOf("disputes", id)) ?? "");
      default:
        throw new Error(`Nobody works ${job.kind}.`);
    }
  }

  /** What an event of Stripe's makes us look at. */
  async beginNews(news: News): Promise<Asked | null> {
    const { topic, paymentId } = news;
    await this.#books.hear(news);
    if (topic === "intent") return this.begin({ kind: "sync_payment", id: paymentId });
    const job = { kind: `sync_${topic}`, id: paymentId };
    if (topic === "refund") return this.#back.lookAtRefunds(job, paymentId);
    return this.#back.lookAtDisputes(job, paymentId);
  }

  /** Writes answers down, those about payments in one batch; answers what is to be asked next. */
  async apply(heard: readonly Heard[]): Promise<Asked[]> {
    const observations = heard.flatMap(({ seen }) => seen ?? []);
    const applied: (Applied | null)[] = [];
    if (observations.length > 0) {
      const told = await this.#books.applyIntents(observations);
      applied.push(...told.applied);
      this.hint(told.jobs);
    }
    const next: Asked[] = [];
    for (const each of heard) {
      const asked =
        each.seen === null ? await each.after() : await each.after(applied.shift() ?? null);
      if (asked) next.push(asked);
    }
    return next;
  }

  hint(jobs: readonly Job[]): void {
    this.hints.push(...jobs);
  }

  async #close(job: Job): Promise<Asked | null> {
    const { closes, jobs } = await this.#books.closeOrders([job.id]);
    this.hint(jobs);
    const [close] = closes;
    return close ? this.#cancel(job, close.cancel, close.observedAt) : null;
  }

  async #start(job: Job): Promise<Asked | null> {
    const start = await this.#books.claimStart(job.id);
    if (start.todo === "nothing") return null;
    const { observedAt } = start;
    if (start.todo === "cancel") return this.#cancel(job, start.cancel, observedAt);
    const { wanted, askedSince } = start;
    const after = async (intentId: string, applied: Applied | null) => {
      // Nobody got the secret, and nobody will: it is cancelled again.
      if (applied?.status !== "created" || !applied.ours) return null;
      const { paymentId } = wanted;
      return this.#cancel(job, { intentId, paymentId }, observedAt);
    };
    return this.#asked(job, async () => {
      const intent = askedSince ? await this.#findOrCreate(wanted) : this.#create(wanted);
      const seen = { paymentId: job.id, intent, observedAt };
      return { job, seen, after: (applied) => after(intent.id, applied) };
    });
  }

  async #findOrCreate(wanted: NewIntent) {
    const found = this.#stripe.find(wanted.paymentId);
    if (found) return found;
    await this.#books.raiseCreateTry(wanted.paymentId);
    return this.#create({ ...wanted, tryNumber: wanted.tryNumber + 1 });
  }

  /** A repeated answer is as old as its first sending. */
  #create(wanted: NewIntent) {
    return this.#stripe.read(this.#stripe.create(wanted).intent.id);
  }

  #cancel(
    job: Job,
    { intentId, paymentId }: Omit<IntentToCancel, "tryNumber">,
    observedAt: string,
  ) {
    return this.#asked(job, async () => {
      const intent = this.#stripe.cancel(intentId);
      const after = async (applied: Applied | null) => {
        const isOpen = ["created", "pending", "action_required"].includes(applied?.status ?? "");
        if (isOpen) await this.#books.recordFailure(job);
        return null;
      };
      return { job, seen: { paymentId, intent, observedAt }, after };
    });
  }

  async #sync(job: Job): Promise<Asked | null> {
    const sync = await this.#books.claimSync(job.id);
    if (sync.todo === "nothing") return null;
    return this.#asked(job, async () => {
      const intent = this.#stripe.read(sync.intentId);
      const seen = { paymentId: job.id, intent, observedAt: sync.observedAt };
      const after = async (applied: Applied | null) => {
        const again = sync.todo === "read" && (applied?.lookAgain || sync.stray);
        if (again) this.hint([{ kind: "sync_payment", id: job.id }]);
        return null;
      };
      return { job, seen, after };
    });
  }

  #asked(job: Job, call: Asked["call"]): Asked {
    return { job, at: this.#stripe.seconds, call };
  }
}
