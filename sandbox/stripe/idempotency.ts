import { createHash } from "node:crypto";
import { canonicalForm } from "./form.ts";
import { ANSWER_KEPT_MS, type StoredAnswer } from "./objects.ts";
import { Problem } from "./problems.ts";
import type { StripeWorld } from "./world.ts";

const MAX_KEY_LENGTH = 255;

export type Asked = { key: string; method: string; path: string; body: string };

/**
 * Remembers what was answered under each idempotency key.
 *
 * Asking the same again gives the stored answer, be it a 200, a 402 or a 500. Asking something
 * else under the key is refused, and so is asking while the first is still at work.
 */
export class IdempotencyKeys {
  readonly #world: StripeWorld;
  readonly #inFlight = new Set<string>();

  constructor(world: StripeWorld) {
    this.#world = world;
  }

  /** The answer to repeat, or undefined after the key was claimed for this request. */
  claim(asked: Asked): StoredAnswer | undefined {
    const { key } = asked;
    if (key.length > MAX_KEY_LENGTH) {
      throw new Problem(400, {
        type: "invalid_request_error",
        message: `Idempotency keys can be up to ${MAX_KEY_LENGTH} characters long.`,
      });
    }
    const stored = this.#world.books.answers.get(key);
    if (stored !== undefined && this.#world.now() - stored.at < ANSWER_KEPT_MS) {
      if (stored.fingerprint === fingerprintOf(asked)) return stored;
      throw otherRequest(asked, stored);
    }
    if (this.#inFlight.has(key)) throw inUse(key);
    this.#inFlight.add(key);
    return undefined;
  }

  /** Keeps the answer with the same commit as what was done. */
  keep(asked: Asked, status: number, body: string): void {
    this.#world.books.answers.put({
      id: asked.key,
      fingerprint: fingerprintOf(asked),
      endpoint: `${asked.method} ${asked.path}`,
      status,
      body,
      at: this.#world.now(),
    });
  }

  release(key: string): void {
    this.#inFlight.delete(key);
  }
}

function fingerprintOf({ method, path, body }: Asked): string {
  const text = `${method} ${path} ${canonicalForm(body)}`;
  return createHash("sha256").update(text).digest("base64url");
}

function otherRequest({ key, method, path }: Asked, stored: StoredAnswer): Problem {
  const endpoint = `${method} ${path}`;
  const difference =
    stored.endpoint === endpoint
      ? "its parameters were others"
      : `it was ${stored.endpoint}, and this is ${endpoint}`;
  return new Problem(400, {
    type: "idempotency_error",
    message: `The idempotency key '${key}' belongs to an earlier request: ${difference}.`,
  });
}

function inUse(key: string): Problem {
  return new Problem(409, {
    type: "idempotency_error",
    code: "idempotency_key_in_use",
    message: `Another request with the idempotency key '${key}' is still at work.`,
  });
}
