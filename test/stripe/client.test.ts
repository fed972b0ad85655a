import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { tinySupplier } from "../notifications/tiny-supplier.ts";
import { gatewayAt } from "../workers/paying.ts";
import { failureOf } from "./limiters.ts";

const timeoutSeconds = 0.4;
/** Its timeout, the grace, and what a busy machine may add. */
const promptlyMs = 3_000;

const calls = {
  read: (url: string) => gatewayAt(url, timeoutSeconds).readIntent("pi_1"),
  write: (url: string) =>
    gatewayAt(url, timeoutSeconds).createRefund({
      ...{ key: "aurora-test", intentId: "pi_1", amountMinor: 100, reason: "goodwill" },
      ...{ refundId: null, orderId: null, installation: "ours" },
    }),
};
const unknown = { name: "OutcomeUnknown", code: "stripe_outcome_unknown" };
const unreachable = { name: "Unavailable", code: "stripe_unreachable" };

async function failsPromptly(call: Promise<unknown>): Promise<unknown> {
  const since = performance.now();
  const failure = await failureOf(call);
  expect(performance.now() - since).toBeLessThan(promptlyMs);
  return failure;
}

/** An address that swallows packets: its queue of connections is full, and nobody takes one. */
async function swallowingUrl(): Promise<string> {
  const program = new URL("deaf-listener.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  for (let sockets = 0; sockets < 20; sockets++) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    const stands = once(socket, "connect").then(() => true);
    if (!(await Promise.race([stands, delay(500, false)]))) return `http://127.0.0.1:${port}`;
  }
  throw new Error("It takes however many connections.");
}

describe("a request ends in its time", () => {
  test("where packets are swallowed, and it is known that nothing was sent", async () => {
    const url = await swallowingUrl();
    expect(await failsPromptly(calls.read(url))).toMatchObject(unreachable);
    expect(await failsPromptly(calls.write(url))).toMatchObject(unreachable);
  }, 20_000);

  test.each<[string, (socket: Socket) => void]>([
    ["hangs up", (socket) => socket.destroy()],
    ["speaks no TLS", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["says nothing", () => undefined],
  ])("where TLS never stands, since Stripe's end %s: nothing was sent", async (_, answer) => {
    await using listener = createServer((socket) => void socket.once("data", () => answer(socket)));
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    expect(await failsPromptly(calls.write(url))).toMatchObject(unreachable);
  });

  test.each([
    ["read", unreachable],
    ["write", unknown],
  ] as const)("where an answer trickles in for ever, to a %s", async (call, expected) => {
    await using stripe = await tinySupplier();
    stripe.trickle(200, { "request-id": "req_begun" });
    const failure = await failsPromptly(calls[call](stripe.url));
    expect(failure).toMatchObject(expected);
    // Whoever asks Stripe about it has its number.
    expect(String(failure)).toContain("req_begun");
    expect(stripe.asked).toHaveLength(1);
  });

  test.each([
    ["read", unreachable],
    ["write", unknown],
  ] as const)("where no answer comes to a %s", async (call, expected) => {
    await using stripe = await tinySupplier();
    stripe.neverAnswer();
    expect(await failsPromptly(calls[call](stripe.url))).toMatchObject(expected);
  });
});
