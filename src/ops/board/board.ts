import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { orderNumberPattern } from "../../orders/ids.ts";
import { readBundle } from "../../queues/bundle.ts";
import type { Hints } from "../../queues/hints.ts";
import { queues } from "../../queues/index.ts";
import { readJob } from "../../queues/read-job.ts";
import { boardPolicy } from "./board-policy.ts";

export const boardPath = "/ops/queues";

/** What Bull Board's page needs; the fonts that it would fetch from elsewhere it does without. */
export const boardContentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; " +
  "form-action 'self'; frame-ancestors 'none'";

/** Bull Board over all queues. To those who may not retry it shows no buttons at all. */
export function createBoard(hints: Hints, { mayRetry }: { mayRetry: boolean }): Hono {
  const adapter = new HonoAdapter(serveStatic);
  adapter.setBasePath(boardPath);
  createBullBoard({
    serverAdapter: adapter,
    queues: queues.map(({ name }) => {
      const queue = new BullMQAdapter(hints.queue(name), {
        readOnlyMode: !mayRetry,
        externalJobUrl: orderOf,
      });
      queue.setFormatter("name", titleOf);
      return queue;
    }),
    options: {
      handlerHooks: boardPolicy,
      uiConfig: {
        boardTitle: "Aurora queues",
        hideDocsLink: true,
        hideRedisDetails: true,
        showWorkers: false,
        sortQueues: false,
        miscLinks: [{ text: "Operations", url: "/ops" }],
      },
    },
  });
  // The adapter's routes are relative, its links are not.
  return new Hono().route(boardPath, adapter.registerPlugin());
}

/** The page of the job's order. */
function orderOf(job: { data?: unknown }) {
  const { order } = readJob(job);
  // A job that somebody edited may name anything as its order.
  if (order === null || !orderNumberPattern.test(order)) {
    return { href: "/ops", displayText: "Problems" };
  }
  return { href: `/ops/orders/${order}`, displayText: `Order ${order}` };
}

/** A job by its kind and the order's number, as people name it; or by how many rows it carries. */
function titleOf(job: { name: string; data?: unknown }): string {
  const rows = readBundle(job.data);
  if (rows) return `${job.name} of ${rows.length}`;
  const { order } = readJob(job);
  return order === null ? job.name : `${job.name} ${order}`;
}
