import { createHmac } from "node:crypto";
import { Agent, type Dispatcher } from "undici";
import { renderEvent } from "./events.ts";
import type { StripeWorld } from "./world.ts";

/** An event on its way, and its place in the order in which they set out. */
type Turn = { eventId: string; nth: number };

/** Enough to keep a receiver busy, few enough that 200 orders at once do not flood it. */
const MAX_AT_ONCE = 32;
const ANSWER_MS = 10_000;
/** With a first delay of one second and doubling, the last attempt is about an hour later. */
const MAX_ATTEMPTS = 12;
/** How long an event that is to come after the next one waits for there to be a next one. */
const HOLD_MS = 2_000;

/**
 * Posts events to the webhook endpoint, signed as Stripe signs, after the call that caused them.
 *
 * A refusal or a lost connection is tried again, each time after twice the delay.
 */
export class Deliveries {
  readonly #world: StripeWorld;
  readonly #firstRetryMs: number;
  readonly #agent = new Agent({ connections: MAX_AT_ONCE, headersTimeout: 0, bodyTimeout: 0 });
  #waiting: Turn[] = [];
  #held: Turn[] = [];
  #turns = 0;
  #underWay = 0;
  #stopped = false;

  constructor(world: StripeWorld, firstRetryMs: number) {
    this.#world = world;
    this.#firstRetryMs = firstRetryMs;
  }

  /** Takes up what an earlier run of the sandbox left undelivered. */
  resume(): void {
    if (this.#world.endpoint === undefined) return;
    for (const { id, state } of this.#world.books.deliveries.rows) {
      if (state === "pending") this.announce(id);
    }
  }

  /** Leaves the caller time to be answered first: the event goes out with a later turn. */
  announce(eventId: string): void {
    const { fate, attempts } = this.#world.books.deliveries.get(eventId) ?? {};
    const turn = { eventId, nth: this.#turns++ };
    if (fate?.reordered && attempts === 0) {
      this.#held.push(turn);
      setTimeout(() => this.#release((held) => held === turn), HOLD_MS).unref();
    } else if (fate?.delayMs && attempts === 0) {
      setTimeout(() => this.#queue(turn), fate.delayMs).unref();
    } else {
      this.#queue(turn);
    }
  }

  /** Sends an event once more, whatever became of it. */
  resend(eventId: string): void {
    const { deliveries } = this.#world.books;
    deliveries.put({ id: eventId, state: "pending", attempts: 0, lastAnswer: null });
    this.announce(eventId);
  }

  /** Delivery was switched on again: retries that came due meanwhile are taken up. */
  wake(): void {
    this.#work();
  }

  stop(): void {
    this.#stopped = true;
    void this.#agent.destroy();
  }

  #queue(turn: Turn): void {
    this.#waiting.push(turn);
    if (this.#waiting.length === 1) setImmediate(() => setImmediate(() => this.#work()));
  }

  /** Lets go of events that were held back. */
  #release(isDue: (held: Turn) => boolean): void {
    const due = this.#held.filter(isDue);
    if (due.length === 0) return;
    this.#held = this.#held.filter((held) => !due.includes(held));
    for (const turn of due) this.#queue(turn);
  }

  #work(): void {
    while (this.#underWay < MAX_AT_ONCE && this.#world.books.switches.webhooks && !this.#stopped) {
      const turn = this.#waiting.shift();
      if (turn === undefined) return;
      this.#underWay += 1;
      void this.#deliver(turn.eventId).finally(() => {
        this.#underWay -= 1;
        this.#release((held) => held.nth < turn.nth);
        this.#work();
      });
    }
  }

  async #deliver(eventId: string): Promise<void> {
    const { books } = this.#world;
    const duplicated = books.deliveries.get(eventId)?.fate?.duplicated;
    const [answer] = await Promise.all([
      this.#post(eventId),
      ...(duplicated === "at_once" ? [this.#post(eventId)] : []),
    ]);
    const delivery = books.deliveries.get(eventId);
    if (this.#stopped || delivery?.state !== "pending") return;

    const attempts = delivery.attempts + 1;
    const delivered = typeof answer === "number" && answer >= 200 && answer < 300;
    const isLast = attempts >= MAX_ATTEMPTS;
    const state = delivered ? "delivered" : isLast ? "given_up" : "pending";
    books.deliveries.put({ ...delivery, state, attempts, lastAnswer: answer });
    // Whether an attempt is on record may be lost with the process; then it is made again.
    books.commit().catch(() => {});
    if (delivered && duplicated === "after") await this.#post(eventId);
    if (state !== "pending") return;
    setTimeout(() => this.announce(eventId), this.#firstRetryMs * 2 ** (attempts - 1)).unref();
  }

  /** The endpoint's status, or the reason why there was none. */
  #post(eventId: string): Promise<number | string> {
    const { books, endpoint } = this.#world;
    const event = books.events.get(eventId);
    if (event === undefined || endpoint === undefined) return Promise.resolve("nothing to send");
    const body = Buffer.from(renderEvent(this.#world, event));
    const { origin, pathname, search } = new URL(endpoint.url);
    const signedAt = Math.floor(this.#world.wallNow() / 1000);
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": sign(body, books.switches.signingSecrets ?? endpoint.secrets, signedAt),
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    };
    const question = {
      origin,
      path: `${pathname}${search}`,
      method: "POST",
      headers,
      body,
    } as const;
    return new Promise((resolve) => {
      this.#agent.dispatch(question, statusTo(resolve));
    });
  }
}

/** Hears an answer to its end, or until its time is up, and tells its status. */
function statusTo(resolve: (answer: number | string) => void): Dispatcher.DispatchHandler {
  let asked: Dispatcher.DispatchController | undefined;
  let status: number | undefined;
  let late: Error | undefined;
  const timer = setTimeout(() => {
    late = new Error(`no answer in ${ANSWER_MS} ms`);
    asked?.abort(late);
  }, ANSWER_MS);
  const end = (answer: number | string) => {
    clearTimeout(timer);
    resolve(answer);
  };
  return {
    onRequestStart(controller) {
      asked = controller;
      if (late) controller.abort(late);
    },
    onResponseStart(_controller, code) {
      status = code;
    },
    onResponseData: () => undefined,
    onResponseEnd: () => end(status ?? "no status"),
    onResponseError: (_controller, error) => end(error.message || "no connection"),
  };
}

/** Stripe's signature: the time and the body, joined by a dot, under each of the secrets. */
function sign(body: Buffer, secrets: readonly string[], at: number): string {
  const signatures = secrets.map((secret) => {
    return `v1=${createHmac("sha256", secret).update(`${at}.`).update(body).digest("hex")}`;
  });
  return [`t=${at}`, ...signatures].join(",");
}
