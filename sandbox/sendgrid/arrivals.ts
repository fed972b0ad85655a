import type { Mail } from "./mail.ts";

const encoder = new TextEncoder();

/** Tells those who follow of every mail at the moment when it is accepted. */
export class Arrivals {
  readonly #followers = new Set<ReadableStreamDefaultController<Uint8Array>>();

  tell({ orderId }: Pick<Mail, "orderId">): void {
    if (this.#followers.size === 0 || orderId === null) return;
    const line = encoder.encode(`${orderId} ${Date.now()}\n`);
    for (const follower of this.#followers) follower.enqueue(line);
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
