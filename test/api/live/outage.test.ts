import { Hono } from "hono";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { ApiEnv } from "../../../src/api/environment.ts";
import { streamOrder } from "../../../src/api/live/order-stream.ts";
import { createOrderWatch } from "../../../src/api/live/order-watch.ts";
import { createPollLoop } from "../../../src/api/live/poll-loop.ts";
import { createStreams, usualLimits } from "../../../src/api/live/streams.ts";
import { takeOver } from "../../../src/api/live/take-over.ts";
import { connect, type Db } from "../../../src/db/connect.ts";
import { useFeedDesk } from "../../orders/feed-desk.ts";
import { openStream } from "../../support/event-stream.ts";
import { startGate } from "../../support/gate.ts";
import { serve } from "../../support/serve.ts";
import { quiet, testSettings } from "../../support/settings.ts";
import { waitFor } from "../../support/wait-for.ts";

const desk = useFeedDesk();
let gate: Awaited<ReturnType<typeof startGate>>;
let db: Db;
beforeAll(async () => {
  gate = await startGate(desk.url);
  db = connect(testSettings(gate.url), quiet);
});
afterAll(async () => {
  await db.destroy();
  await gate.end();
});

/** A process that streams orders, and what it logs. */
async function startProcess() {
  const lines: string[] = [];
  const write = (event: string) => void lines.push(event);
  const watch = createOrderWatch(
    db,
    createPollLoop({ info: write, warn: write, error: write }, 20),
  );
  const streams = createStreams(undefined, { ...usualLimits, beatMs: 20 });
  const app = new Hono<ApiEnv>();
  app.use(takeOver());
  app.get("/:id", (c) => {
    const from = { orderId: c.req.param("id"), after: 2 };
    c.set("stream", (outgoing) =>
      streams.open({ name: "test", most: 1 }, outgoing, (stream) =>
        streamOrder(stream, watch, from, { isGuest: true }),
      ),
    );
    return c.body(null);
  });
  const server = await serve(app.fetch);
  onTestFinished(server.close);
  return { url: server.url, lines };
}

test("streams stay open while PostgreSQL is away, and tell afterwards what happened", async () => {
  const { url, lines } = await startProcess();
  const orderId = await desk.order();
  const stream = await openStream(`${url}/${orderId}`, "nobody");
  await desk.happenNow(orderId);
  await waitFor("the first news", () => stream.seqs().length === 1);
  gate.close();
  await waitFor("the process to notice", () => lines.includes("watching_failed"));
  const beats = () => stream.text().split(": still here").length;
  const before = beats();
  await waitFor("the heart to beat on", () => beats() > before + 5);
  await desk.happenNow(orderId);
  gate.open();
  await waitFor("the news", () => stream.seqs().length === 2);
  expect(stream.seqs()).toEqual([3, 4]);
  expect(lines).toEqual(["watching_failed", "watching_again"]);
});
