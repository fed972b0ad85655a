import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
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

const mailWithinMs = 60_000;
const answerWithinMs = 30_000;
const mostTries = 3;

/** As many connections as asked for are kept open, as a busy shop's gateway keeps them. */
export async function openBuyers(world: BenchWorld, connections: number): Promise<Buyers> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const arrivals: Arrivals = await watchMails(world.sandboxUrl, mailWithinMs);
  const url = new URL("/v1/orders", world.apiUrl);
  let nr = 0;

  async function post(lines: OrderLines, since?: number): Promise<Omit<Purchase, "mailedAt">> {
    const body = JSON.stringify({ contact: { email: `buyer-${nr++}@example.com` }, lines });
    const postedAt = since ?? now();
    const { publishableKey: key } = world;
    const answer = await send({ url, agent, key, body, idempotencyKey: randomUUID() });
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
      agent.destroy();
      arrivals.close();
    },
  };
}

type Question = { url: URL; agent: Agent; key: string; body: string; idempotencyKey: string };
type Answer = { status: number; text: string };

/** Asks again where the server had just closed an idle connection: the key makes it one order. */
async function send(question: Question): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask(question);
    } catch (error) {
      const isReset = error instanceof Error && "code" in error && error.code === "ECONNRESET";
      if (!isReset || tries === mostTries) throw error;
    }
  }
}

/** node:http and not fetch, which takes several times the CPU on a machine that both share. */
function ask({ url, agent, key, body, idempotencyKey }: Question): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "idempotency-key": idempotencyKey,
  };
  const options = { method: "POST", agent, headers, timeout: answerWithinMs };
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      );
      answer.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer in ${answerWithinMs} ms`)));
    asked.on("error", reject);
    asked.end(body);
  });
}

export function now(): number {
  return performance.timeOrigin + performance.now();
}
