import type { Mail } from "./mail.ts";

const encoder = new TextEncoder();

/** Tells those who follow of every mail, at the end of the turn in which it is accepted. */
export class Arrivals {
  readonly #followers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #lines = "";

  tell({ orderId }: Pick<Mail, "orderId">): void {
    if (this.#followers.size === 0 || orderId === null) return;
    // Those of one turn go together; each has its own time.
    if (this.#lines === "") setImmediate(() => this.#send());
    this.#lines += `${orderId} ${Date.now()}\n`;
  }

  #send(): void {
    const lines = encoder.encode(this.#lines);
    this.#lines = "";
    for (const follower of this.#followers) {
      try {
        follower.enqueue(lines);
      } catch {
        // Its reader is gone; the others still follow.
        this.#followers.delete(follower);
      }
    }
  }

  /** Lines of text without an end, each with an order's id and the machine's time. */
  follow(): ReadableStream<Uint8Array> {
    let own: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream({
      start: (controller) => {
        own = controller;
        this.#followers.add(own);
      },
      cancel: () => {
        this.#followers.delete(own);
      },
    });
  }
}
