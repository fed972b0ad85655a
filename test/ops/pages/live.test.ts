import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createLive, type Live } from "../../../src/ops/pages/live/live.ts";
import { answerLive } from "../../../src/ops/pages/live/live-route.ts";
import { orderFingerprint } from "../../../src/ops/pages/live/order-topics.ts";
import { useApi } from "../../support/api.ts";
import { quiet } from "../../support/settings.ts";
import { addProduct, move, placeOrder, reserve } from "../../support/shop-floor.ts";
import { waitFor } from "../../support/wait-for.ts";

const api = useApi();
const everyMs = 20;

type Process = { url: string; live: Live; stopping: AbortController; server: Server };

/** What one web process does of it, with a server of its own. */
async function startProcess(times = { beatMs: 50, longestMs: 60_000 }): Promise<Process> {
  const live = createLive(quiet, everyMs);
  live.registerTopic("order", orderFingerprint(api.db));
  const stopping = new AbortController();
  const app = new Hono();
  app.get("/live", (c) => answerLive(c, live, stopping.signal, times));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/live`, live, stopping, server };
}

/** Reads a stream as a browser does, for the length of a test. */
async function listen(url: string, watched: Record<string, string>, lastId?: string) {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const answer = await fetch(`${url}?${new URLSearchParams(watched)}`, {
    signal: leaving.signal,
    headers: lastId === undefined ? {} : { "last-event-id": lastId },
  });
  let text = "";
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
    return "ended";
  };
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    changes: () => [...text.matchAll(/event: changed/g)].length,
    lastId: () => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1],
    ended: read().catch(() => "left"),
    leave: () => leaving.abort(),
  };
}

describe("pages of an order that is watched", () => {
  let first: Process;
  let second: Process;
  beforeAll(async () => {
    [first, second] = [await startProcess(), await startProcess()];
    await addProduct(api, "LIVE", { stock: 100 });
  });
  afterAll(() => {
    for (const { server } of [first, second]) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function orderPlaced(): Promise<{ id: string; watch: string }> {
    const { id } = (await placeOrder(api, "LIVE")).body;
    return { id, watch: `order:${id}` };
  }

  test("are told of a change by every process, and of no other order's", async () => {
    const [order, other] = [await orderPlaced(), await orderPlaced()];
    const here = await listen(first.url, await first.live.begin(order.watch));
    const there = await listen(second.url, await second.live.begin(order.watch));
    const elsewhere = await listen(first.url, await first.live.begin(other.watch));
    expect(here.headers.get("content-type")).toContain("text/event-stream");

    await reserve(api, order.id);
    await waitFor("both to hear of it", () => here.changes() > 0 && there.changes() > 0);
    await move(api, "cancelled", order.id);
    await waitFor("both to hear of it again", () => here.changes() > 1 && there.changes() > 1);
    await waitFor("a sign of life", () => elsewhere.text().includes("still here"));
    expect(elsewhere.changes()).toBe(0);
  });

  test("hear what happened between the page and the stream, or while it was away", async () => {
    const order = await orderPlaced();
    const page = await first.live.begin(order.watch);
    await reserve(api, order.id);
    const late = await listen(first.url, page);
    await waitFor("the missed change", () => late.changes() === 1);
    const seen = late.lastId() ?? "";
    late.leave();

    const unchanged = await listen(second.url, page, seen);
    await waitFor("a sign of life", () => unchanged.text().includes("still here"));
    expect(unchanged.changes()).toBe(0);
    await move(api, "cancelled", order.id);
    await waitFor("the change", () => unchanged.changes() === 1);
  });

  test("are not told what is no change, such as a lease that moves on", async () => {
    const { id, watch } = await orderPlaced();
    const { seen } = await first.live.begin(watch);
    await api.db
      .updateTable("orders")
      .set({ due_at: new Date(Date.now() + 60_000), sweeps: 3 })
      .where("id", "=", id)
      .execute();
    expect((await first.live.begin(watch)).seen).toBe(seen);
  });

  test("get no stream for what can't be watched, nor for what is no id", async () => {
    expect((await listen(first.url, { watch: "moon" })).status).toBe(404);
    expect((await first.live.begin("order:'; DROP TABLE orders --")).seen).toBe("");
  });
});

describe("a stream", () => {
  test("ends by itself after its time, and at once when the process stops", async () => {
    const short = await startProcess({ beatMs: 10, longestMs: 60 });
    const long = await startProcess();
    onTestFinished(() => {
      for (const { server } of [short, long]) server.close();
    });
    const watched = { watch: "order:x", seen: "" };
    expect(await (await listen(short.url, watched)).ended).toBe("ended");
    const open = await listen(long.url, watched);
    long.stopping.abort();
    expect(await open.ended).toBe("ended");
  });

  test("is refused beyond so many, until one of them leaves", () => {
    const live = createLive(quiet, everyMs);
    live.registerTopic("order", async (keys) => keys.map(() => ""));
    const watched = { watch: "order:x", seen: "" };
    const stops = Array.from({ length: 300 }, () => live.listen(watched, () => undefined));
    expect(live.listen(watched, () => undefined)).toBeNull();
    stops[0]?.();
    const last = live.listen(watched, () => undefined);
    expect(last).not.toBeNull();
    for (const stop of [...stops, last]) stop?.();
  });
});

describe("the loop behind all streams", () => {
  test("looks at nothing while nobody watches, and once for all who do", async () => {
    const asked: (readonly string[])[] = [];
    const live = createLive(quiet, everyMs);
    live.registerTopic("order", async (keys) => {
      asked.push(keys);
      return keys.map(() => `${asked.length}`);
    });
    const heard: string[] = [];
    const listeners = ["order:a", "order:a", "order:b"].map((watch) =>
      live.listen({ watch, seen: "" }, () => heard.push(watch)),
    );
    await waitFor("everybody to hear", () => new Set(heard).size === 2 && heard.length >= 3);
    expect(asked[0]).toEqual(["a", "b"]);
    for (const stop of listeners) stop?.();
    const before = asked.length;
    const ticks = await startTicks(5);
    expect([asked.length, ticks]).toEqual([before, 5]);
  });

  test("goes on though one topic fails and another never answers", async () => {
    const live = createLive(quiet, everyMs);
    live.registerTopic("broken", () => Promise.reject(new Error("No.")));
    live.registerTopic("silent", () => new Promise(() => undefined));
    live.registerTopic("well", async (keys) => keys.map(() => "fine"));
    let news = 0;
    const stops = ["broken", "silent", "well"].map((watch) =>
      live.listen({ watch, seen: "" }, () => news++),
    );
    await waitFor("the one that is well", () => news === 1);
    for (const stop of stops) stop?.();
  });

  /** So many rounds of a loop like the one that is watched. */
  async function startTicks(wanted: number): Promise<number> {
    let ticks = 0;
    const timer = setInterval(() => ticks++, everyMs);
    await waitFor("the ticks", () => ticks >= wanted);
    clearInterval(timer);
    return wanted;
  }
});
