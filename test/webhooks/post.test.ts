import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Answer, poster } from "../../src/webhooks/post.ts";
import { startReceiver } from "../workers/receiver.ts";

const atHome = poster({ allowPrivate: true, timeoutSeconds: 0.4 });
const outside = poster({ allowPrivate: false, timeoutSeconds: 0.4 });
const post = (url: string, by = atHome) => by(url, '{"id":"1"}', { "webhook-id": "1" });

/** A port where somebody listens and says these bytes. */
async function bareServer(say: string | null): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (say !== null) socket.once("data", () => socket.end(say));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const reasonOf = (answer: Answer) => (answer.status === null ? answer.reason : answer.status);

describe("a call to an endpoint", () => {
  test("posts the body and gives what was answered", async () => {
    const receiver = await startReceiver();
    receiver.answersStatus(202, { "retry-after": "7" }, "thanks");
    const answer = await post(receiver.url);
    expect(answer).toEqual({ status: 202, retryAfter: "7", excerpt: "thanks" });
    expect(receiver.told[0]).toMatchObject({
      body: '{"id":"1"}',
      headers: { "webhook-id": "1", "content-type": "application/json", "content-length": "10" },
    });
  });

  test("ends when nobody answers, in time", async () => {
    const startedAt = performance.now();
    const url = await bareServer(null);
    expect(reasonOf(await post(url))).toBe("There was no answer within 0.4 s.");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("to a port where nobody listens says so", async () => {
    const receiver = await bareServer(null);
    const closed = receiver.replace(/:\d+/, ":1");
    expect(reasonOf(await post(closed))).toContain("Nobody listens there");
  });

  test("follows no redirect", async () => {
    const other = await startReceiver();
    const receiver = await startReceiver();
    receiver.answersStatus(307, { location: other.url });
    expect((await post(receiver.url)).status).toBe(307);
    expect(other.told).toHaveLength(0);
  });

  test("believes a status whose body never ends, and reads no further than its bound", async () => {
    let sent = 0;
    let closed = false;
    const receiver = await startReceiver(async (response) => {
      response.on("close", () => {
        closed = true;
      });
      response.writeHead(200);
      while (!closed) {
        sent += 1_024;
        response.write("x".repeat(1_024));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const answer = await post(receiver.url);
    expect(answer).toMatchObject({ status: 200, excerpt: "x".repeat(4_096) });
    expect(sent).toBeLessThan(10_000_000);
  });

  test("believes a status whose body breaks off, or drips for ever", async () => {
    const breaks = await startReceiver((response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.destroy());
    });
    expect(await post(breaks.url)).toMatchObject({ status: 200, excerpt: "half" });
    const drips = await startReceiver((response) => {
      response.writeHead(200);
      response.write("drip");
    });
    expect(await post(drips.url)).toMatchObject({ status: 200, excerpt: "drip" });
  });

  test("believes a status with garbage for a body, and no garbage for a status", async () => {
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ngarbage";
    expect((await post(await bareServer(chunked))).status).toBe(200);
    expect(reasonOf(await post(await bareServer("good morning\r\n\r\n")))).toContain("not HTTP");
    expect(reasonOf(await post(await bareServer("")))).toContain("closed before");
  });

  test.each([
    "https://127.0.0.1:1/",
    "https://[::1]:1/",
    "https://[::ffff:10.0.0.1]:1/",
    "http://169.254.169.254/latest/meta-data/",
    "https://localhost:1/",
  ])("does not leave for %s, whatever was allowed when it was added", async (url) => {
    expect(reasonOf(await post(url, outside))).toContain("not on the public internet");
  });

  test("reaches no receiver of this machine by a name that leads here", async () => {
    const receiver = await startReceiver();
    const named = receiver.url.replace("127.0.0.1", "localhost");
    const reason = reasonOf(await post(named, outside));
    expect(reason).toBe("Its address is not on the public internet: not called.");
    expect(receiver.told).toHaveLength(0);
    expect((await post(named)).status).toBe(204);
  });
});
