import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ApiEnv } from "../../../src/api/environment.ts";
import { createStreams, type Stream, usualLimits } from "../../../src/api/live/streams.ts";
import { takeOver } from "../../../src/api/live/take-over.ts";
import { serve } from "../../support/serve.ts";
import { waitFor } from "../../support/wait-for.ts";

/** A server whose streams a test writes into, by the name that its reader gave. */
async function startServer(
  limits: Partial<typeof usualLimits> = {},
  most = 100,
  look: (outgoing: ServerResponse) => Promise<void> = async () => undefined,
) {
  const stopping = new AbortController();
  const streams = createStreams(stopping.signal, { ...usualLimits, ...limits });
  const open = new Map<string, Stream>();
  const app = new Hono<ApiEnv & { Bindings: { outgoing: ServerResponse } }>();
  app.use(takeOver());
  app.get("/:name", async (c) => {
    await look(c.env.outgoing);
    const name = c.req.param("name");
    const refused = streams.refusal({ name, most });
    if (refused) return c.text(refused, 503);
    c.set("stream", (outgoing) =>
      streams.open({ name, most }, outgoing, (stream) => {
        open.set(name, stream);
        return () => void open.delete(name);
      }),
    );
    return c.body(null);
  });
  const server = await serve(app.fetch);
  onTestFinished(server.close);
  return { ...server, open, stopping };
}

/** Somebody who opens a stream and then reads nothing of it. */
async function openAndForget(port: number, name: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").pause();
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(`GET /${name} HTTP/1.1\r\nHost: test\r\n\r\n`);
  return socket;
}

const kilobyte = `: ${"x".repeat(1_021)}\n`;

describe("a stream", () => {
  test("beats while nothing happens, and ends after its time without an end", async () => {
    const { url } = await startServer({ beatMs: 20, longestMs: 200 });
    const text = await (await fetch(`${url}/a`)).text();
    expect(text.match(/: still here\n\n/g)?.length).toBeGreaterThan(3);
    expect(text).not.toContain("end");
  });

  test("is cut where its reader takes nothing and its bound is reached", async () => {
    const { port, open } = await startServer({ mostWaitingBytes: 16 * 1_024 });
    const socket = await openAndForget(port, "slow");
    const stream = await waitFor("the stream", () => open.get("slow"));
    let written = 0;
    await waitFor("the reader to be cut off", () => {
      for (let count = 0; count < 1_000 && open.has("slow"); count++, written++) {
        stream.write(kilobyte);
      }
      return !open.has("slow");
    });
    // What the two sides of a connection hold is the operating system's affair: some megabytes.
    expect(written).toBeGreaterThan(16);
    socket.resume();
    await once(socket, "close");
  });

  test("is cut where little is written and nothing taken, beat after beat", async () => {
    const { port, open } = await startServer({ beatMs: 20, mostWaitingBytes: 64 * 1_024 * 1_024 });
    const socket = await openAndForget(port, "stuck");
    const stream = await waitFor("the stream", () => open.get("stuck"));
    // More than the operating system takes by itself, and less than the bound.
    stream.write(kilobyte.repeat(16 * 1_024));
    await waitFor("the reader to be cut off", () => !open.has("stuck"));
    socket.destroy();
  });

  test("may begin with a lot for a reader who takes it", async () => {
    const { url, open } = await startServer({ mostWaitingBytes: 1_024 });
    const reading = fetch(`${url}/long`).then((answer) => answer.text());
    const stream = await waitFor("the stream", () => open.get("long"));
    stream.write(kilobyte.repeat(2_048));
    stream.end("the end");
    const text = await reading;
    expect([text.length, text.slice(-7)]).toEqual([2_048 * 1_024 + 7, "the end"]);
  });

  test("is forgotten when its reader leaves", async () => {
    const { url, open } = await startServer();
    const leaving = new AbortController();
    await fetch(`${url}/a`, { signal: leaving.signal }).then(({ body }) => body?.getReader());
    await waitFor("the stream", () => open.has("a"));
    leaving.abort();
    await waitFor("it to be forgotten", () => !open.has("a"));
  });

  test("never begins for a reader who left before, and takes no place", async () => {
    const looks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { url, open } = await startServer({ mostStreams: 1 }, 1, async (outgoing) => {
      looks[0]?.resolve();
      if (leaving.signal.aborted) return;
      await once(outgoing, "close");
      looks[1]?.resolve();
    });
    const leaving = new AbortController();
    const left = fetch(`${url}/a`, { signal: leaving.signal }).catch(() => "left");
    await looks[0]?.promise;
    leaving.abort();
    await looks[1]?.promise;
    expect([await left, open.size]).toEqual(["left", 0]);
    expect((await fetch(`${url}/a`)).status).toBe(200);
  });
});

describe("a process", () => {
  test("has so many streams for a caller, and so many for all", async () => {
    const { url, open } = await startServer({ mostStreams: 3 }, 2);
    const leaving = new AbortController();
    const ask = async (name: string, signal = leaving.signal) => {
      const answer = await fetch(`${url}/${name}`, { signal });
      return answer.status === 200 ? "open" : await answer.text();
    };
    const other = new AbortController();
    expect([await ask("a"), await ask("a"), await ask("a")]).toEqual(["open", "open", "caller"]);
    expect([await ask("b", other.signal), await ask("c")]).toEqual(["open", "process"]);
    other.abort();
    await waitFor("a place", () => !open.has("b"));
    expect(await ask("c")).toBe("open");
    leaving.abort();
  });

  test("ends all of them when it is to stop, and opens no more", async () => {
    const { url, stopping } = await startServer();
    const answers = await Promise.all(["a", "b", "c"].map((name) => fetch(`${url}/${name}`)));
    stopping.abort();
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["", "", ""]);
    expect(await (await fetch(`${url}/d`)).text()).toBe("stopping");
  });
});
