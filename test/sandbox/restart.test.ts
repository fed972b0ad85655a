import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { controls, newFolder, newIntent, startStandIns, stripeClient } from "./stand-ins.ts";

const main = new URL("../../sandbox/main.ts", import.meta.url).pathname;

function spawnSandbox(env: Record<string, string>, cwd?: string): ChildProcess {
  const child = spawn(process.execPath, [main], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function startProcess(dir: string): Promise<{ child: ChildProcess; url: string }> {
  return await untilItListens(spawnSandbox({ SANDBOX_PORT: "0", SANDBOX_DIR: dir }));
}

async function untilItListens(child: ChildProcess): Promise<{ child: ChildProcess; url: string }> {
  const [line] = await once(createInterface(child.stdout as NodeJS.ReadableStream), "line");
  expect(line).toMatch(/^sandbox listening on http:\/\/127\.0\.0\.1:\d+$/);
  return { child, url: String(line).split(" ").at(-1) ?? "" };
}

describe("the books", () => {
  test("hold everything that was answered when the process is killed under load", async () => {
    const dir = await newFolder();
    const answered = new Map<string, string>();
    const refunded = new Map<string, string>();
    for (let round = 0; round < 3; round++) {
      const { child, url } = await startProcess(dir);
      const stripe = stripeClient(url);
      const buyers = Array.from({ length: 8 }, async (_, buyer) => {
        for (let i = 0; i < 1_000; i++) {
          const options = { idempotencyKey: `${round}-${buyer}-${i}` };
          const params = { amount: 30 + i, currency: "gbp", payment_method: "pm_card_visa" };
          const created = await stripe.paymentIntents.create(params, options);
          answered.set(created.id, created.status);
          const { status } = await stripe.paymentIntents.confirm(created.id);
          answered.set(created.id, status);
          const refund = await stripe.refunds.create({ payment_intent: created.id, amount: 1 });
          refunded.set(refund.id, created.id);
          if (answered.size >= 60 * (round + 1)) child.kill("SIGKILL");
        }
      });
      await Promise.allSettled(buyers);
    }

    const { read } = controls((await startProcess(dir)).url);
    const { intents } = await read<Ledger>("/stripe/ledger");
    const kept = new Map(intents.map((line) => [line.id, line]));
    expect(answered.size).toBeGreaterThanOrEqual(180);
    expect(refunded.size).toBeGreaterThan(100);
    for (const [id, intentId] of refunded) {
      expect(kept.get(intentId)?.refunds).toMatchObject([{ id, amount: 1, status: "succeeded" }]);
    }
    for (const [id, status] of answered) {
      const line = kept.get(id);
      // A confirm whose answer was lost may have happened; one that was answered has.
      expect([status, "succeeded"]).toContain(line?.status);
      expect(line?.capturedMinor).toBe(line?.status === "succeeded" ? line.amount : 0);
    }
  }, 30_000);

  test("are read up to a torn last line, and go on after it", async () => {
    const before = await startStandIns();
    const { id } = await newIntent(before.stripe);
    await before.close();
    await appendFile(join(before.dir, "books.jsonl"), '[["intents","pi_torn",{"id":"pi_to');

    const between = await startStandIns({ dir: before.dir });
    const second = await newIntent(between.stripe);
    await between.close();
    const { read } = await startStandIns({ dir: before.dir });
    const { intents } = await read<Ledger>("/stripe/ledger");
    expect(intents.map((line) => line.id)).toEqual([id, second.id]);
  });

  test("replay an idempotency key from before a restart", async () => {
    const before = await startStandIns();
    const params = { amount: 1999, currency: "gbp" };
    const key = { idempotencyKey: "key-1" };
    const { id } = await before.stripe.paymentIntents.create(params, key);
    await before.close();
    const { stripe } = await startStandIns({ dir: before.dir });
    expect((await stripe.paymentIntents.create(params, key)).id).toBe(id);
  });

  test("shrink at the start when most of their lines are outdated", async () => {
    const before = await startStandIns();
    const { id } = await newIntent(before.stripe);
    for (let i = 0; i < 40; i++) {
      await fetch(`${before.url}/v1/payment_intents/${id}`, {
        method: "POST",
        headers: { authorization: "Bearer sk_test_x" },
        body: new URLSearchParams({ description: `the ${i}th` }),
      });
    }
    await before.close();
    const path = join(before.dir, "books.jsonl");
    const size = (await stat(path)).size;

    const { stripe } = await startStandIns({ dir: before.dir });
    expect((await stat(path)).size).toBeLessThan(size / 10);
    expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(3);
    expect((await stripe.paymentIntents.retrieve(id)).description).toBe("the 39th");
  });
});

describe("the process", () => {
  test("keeps its books in memory alone where it has no folder for them", async () => {
    const cwd = await newFolder();
    const env = { SANDBOX_PORT: "0", SANDBOX_DIR: "none" };
    const { child, url } = await untilItListens(spawnSandbox(env, cwd));
    const { id } = await newIntent(stripeClient(url));
    expect((await stripeClient(url).paymentIntents.retrieve(id)).id).toBe(id);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await readdir(cwd)).toEqual([]);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("stops within two seconds on %s", async (signal) => {
    const { child, url } = await startProcess(await newFolder());
    await newIntent(stripeClient(url));
    const started = performance.now();
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("says in one sentence which setting to change when its port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const child = spawnSandbox({ SANDBOX_PORT: port, SANDBOX_DIR: await newFolder() });
    const said = once(createInterface(child.stderr as NodeJS.ReadableStream), "line");
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(await said).toEqual([`Port ${port} is taken: set SANDBOX_PORT to another one.`]);
  });
});
