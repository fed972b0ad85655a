/** What an idempotency key led to, empty for nothing yet, and when it was first used. */
type Stored = { id: string; at: number };

/** Stripe forgets a key after a day. */
const keySeconds = 24 * 3_600;

/** Stripe's memory of the keys under which it was asked for something. */
export class StripeKeys {
  readonly #stored = new Map<string, Stored>();

  find(key: string, now: number): Stored {
    const known = this.#stored.get(key);
    if (known && now - known.at < keySeconds) return known;
    const fresh = { id: "", at: now };
    this.#stored.set(key, fresh);
    return fresh;
  }
}
