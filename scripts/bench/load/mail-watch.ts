import { get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";

/** Mails as they come in at SendGrid's stand-in. */
export interface Arrivals {
  /** When the first mail about an order came in, by the machine's clock in milliseconds. */
  of(orderId: string): Promise<number>;
  close(): void;
}

type Waiting = { tell(at: number): void; giveUp(why: string): void };

/** Follows the stand-in's list of arrivals: nobody has to ask again and again. */
export async function watchMails(sandboxUrl: string, withinMs: number): Promise<Arrivals> {
  const url = new URL("/_sandbox/mail/arrivals", sandboxUrl);
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on("error", reject);
  });
  // A mail may be there before the answer that names its order.
  const early = new Map<string, number>();
  const waiting = new Map<string, Waiting>();
  const lines = createInterface({ input: stream }).on("line", (line) => {
    const [orderId = "", at] = line.split(" ");
    const buyer = waiting.get(orderId);
    waiting.delete(orderId);
    if (buyer) buyer.tell(Number(at));
    else if (!early.has(orderId)) early.set(orderId, Number(at));
  });
  // When the world is stopped, nobody waits for mails that won't come.
  const end = () => {
    for (const { giveUp } of waiting.values()) giveUp("The stand-ins have stopped.");
    waiting.clear();
  };
  stream.on("error", end);
  lines.on("error", end);
  lines.on("close", end);

  return {
    of(orderId) {
      const known = early.get(orderId);
      early.delete(orderId);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const giveUp = (why: string) => {
          clearTimeout(timer);
          reject(new Error(why));
        };
        const late = () => giveUp(`No mail about ${orderId} in ${withinMs / 1_000} s.`);
        const timer = setTimeout(late, withinMs);
        const tell = (at: number) => {
          clearTimeout(timer);
          resolve(at);
        };
        waiting.set(orderId, { tell, giveUp });
      });
    },
    close: () => stream.destroy(),
  };
}
