import { randomUUID } from "node:crypto";
import { errors, Pool as HttpPool } from "undici";
import type { BenchWorld } from "../bench-world.ts";
import { type Arrivals, watchMails } from "./mail-watch.ts";

export type OrderLines = readonly { sku: string; quantity: number }[];

/** An order as its buyer lived it; times are the machine's clock in milliseconds. */
export interface Purchase {
  orderId: string;
  postedAt: number;
  answeredAt: number;
  mailedAt: number;
}

/** Buyers at a world's shop: each purchase goes from the POST to the mail about its outcome. */
export interface Buyers {
  /** `since`: when it was due to begin, if its clients were late; waiting counts from then. */
  buy(lines: OrderLines, since?: number): Promise<Purchase>;
  /** Only posts, and does not wait for what becomes of it. */
  post(lines: OrderLines, since?: number): Promise<Omit<Purchase, "mailedAt">>;
  close(): void;
}

type Answer = { status: number; text: string };

const mailWithinMs = 60_000;
const answerWithinMs = 30_000;
const mostTries = 3;

/** As many connections as asked for are kept open, as a busy shop's gateway keeps them. */
export async function openBuyers(world: BenchWorld, connections: number): Promise<Buyers> {
  const times = { headersTimeout: answerWithinMs, bodyTimeout: answerWithinMs };
  const pool = new HttpPool(world.apiUrl, { connections, ...times });
  const arrivals: Arrivals = await watchMails(world.sandboxUrl, mailWithinMs);
  let nr = 0;

  async function post(lines: OrderLines, since?: number): Promise<Omit<Purchase, "mailedAt">> {
    const body = JSON.stringify({ contact: { email: `buyer-${nr++}@example.com` }, lines });
    const postedAt = since ?? now();
    const answer = await send(pool, world.publishableKey, body);
    if (answer.status !== 202) throw new Error(`POST /v1/orders: ${answer.status} ${answer.text}`);
    const { id } = JSON.parse(answer.text) as { id: string };
    return { orderId: id, postedAt, answeredAt: now() };
  }

  return {
    post,
    async buy(lines, since) {
      const posted = await post(lines, since);
      return { ...posted, mailedAt: await arrivals.of(posted.orderId) };
    },
    close() {
      void pool.destroy();
      arrivals.close();
    },
  };
}

/** Asks again where the server had just closed an idle connection: the key makes it one order. */
async function send(pool: HttpPool, key: string, body: string): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    "idempotency-key": randomUUID(),
  };
  for (let tries = 1; ; tries++) {
    try {
      return await ask(pool, headers, body);
    } catch (error) {
      const isReset = error instanceof errors.SocketError || codeOf(error) === "ECONNRESET";
      if (!isReset || tries === mostTries) throw error;
    }
  }
}

/** Takes the answer as it comes: a stream for each would cost the load as much as the request. */
function ask(pool: HttpPool, headers: Record<string, string>, body: string): Promise<Answer> {
  let status = 0;
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    pool.dispatch(
      { path: "/v1/orders", method: "POST", headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart(_, code) {
          status = code;
        },
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve({ status, text: Buffer.concat(chunks).toString() }),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

export function now(): number {
  return performance.timeOrigin + performance.now();
}
