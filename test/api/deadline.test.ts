import { setTimeout as pause } from "node:timers/promises";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { readBody } from "../../src/api/body.ts";
import { answerInTime } from "../../src/api/deadline.ts";
import type { ApiEnv } from "../../src/api/environment.ts";
import { codeOf } from "../../src/errors.ts";

const patienceMs = 10;

/** Reads a body, or never ends; PostgreSQL answers each pulse. */
function listener() {
  let pulses = 0;
  const app = new Hono<ApiEnv>();
  app.use(answerInTime(async () => ++pulses > 0, patienceMs));
  app.post("/body", async (c) => c.text(String((await readBody(c)).length)));
  app.post("/patient", async (c) => {
    c.set("isWaiting", true);
    await pause(50 * patienceMs);
    return c.text("here it is");
  });
  app.post("/never", () => new Promise<Response>(() => undefined));
  app.onError((error, c) => c.text(codeOf(error), 503));
  return { app, pulses: () => pulses };
}

/** So many bytes, one at a time, slower than our patience. */
function dawdle(bytes: number): ReadableStream {
  return new ReadableStream({
    pull: (controller) =>
      new Promise((resolve) => {
        setTimeout(() => {
          if (bytes-- > 0) controller.enqueue(new Uint8Array(1));
          else controller.close();
          resolve();
        }, 2 * patienceMs);
      }),
  });
}

test("does not count the time that a sender takes for the body", async () => {
  const { app, pulses } = listener();
  const request = { method: "POST", body: dawdle(20), duplex: "half" };
  const answer = await app.request("/body", request as RequestInit);
  expect([answer.status, await answer.text()]).toEqual([200, "20"]);
  expect(pulses()).toBeLessThan(5);
});

test("does not count the time that a client prefers to wait", async () => {
  const { app, pulses } = listener();
  const answer = await app.request("/patient", { method: "POST" });
  expect([answer.status, await answer.text(), pulses()]).toEqual([200, "here it is", 0]);
});

test("gives up a request without end, and does not say that PostgreSQL was silent", async () => {
  const { app, pulses } = listener();
  const answer = await app.request("/never", { method: "POST" });
  expect([answer.status, await answer.text()]).toEqual([503, "request_slow"]);
  expect(pulses()).toBe(12);
});
