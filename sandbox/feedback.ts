import { setTimeout as sleep } from "node:timers/promises";

/** Something that a supplier of messages tells its customer. */
type Call = { url: string; body: string; headers: Record<string, string> };

const ANSWER_MS = 10_000;
/** With a first pause that doubles, the last try is some minutes later. */
const MAX_TRIES = 10;

/**
 * Posts what SendGrid and Twilio tell of messages, and tries again what nobody took. Lost when the
 * process ends: the real ones give up some time, too.
 */
export class Feedback {
  readonly #firstRetryMs: number;
  readonly #stopping = new AbortController();

  constructor(firstRetryMs: number) {
    this.#firstRetryMs = firstRetryMs;
  }

  /** Makes a call, signed anew for each try, after so many milliseconds. */
  tell(make: () => Call, afterMs = 0): void {
    void this.#tryAll(make, afterMs).catch(() => undefined);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #tryAll(make: () => Call, afterMs: number): Promise<void> {
    const { signal } = this.#stopping;
    let pause = afterMs;
    for (let count = 1; count <= MAX_TRIES; count++) {
      await sleep(pause, undefined, { ref: false, signal });
      const { url, ...request } = make();
      const answer = await fetch(url, {
        ...request,
        method: "POST",
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      }).catch(() => null);
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.ok) return;
      pause = this.#firstRetryMs * 2 ** (count - 1);
    }
  }
}
