import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/world/places.ts";
import { freePort } from "../../scripts/world/ports.ts";
import { newSecret, signedHeaders } from "../../src/webhooks/secrets.ts";
import { openShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  addEndpoint,
  placeOne,
  remarkOn,
  sweep,
  tellingWorker,
  untilDelivered,
} from "../workers/endpoint-desk.ts";
import { useQueues } from "../workers/queue-desk.ts";

const desk = useQueues();
const file = path.join(root, "docs/examples/receive-webhooks.ts");

/** The receiver of the document, as somebody would run it. */
async function runReceiver(secret: string) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret };
  const child: ChildProcess = spawn(process.execPath, [file], { env, stdio: "pipe" });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}/`;
  await waitFor(
    "the receiver to listen",
    async () => (await fetch(url).catch(() => null)) !== null,
  );
  return { url, lines: () => said.split("\n").filter((line) => line !== "") };
}

function tell(url: string, secret: string, event: object & { id: string }): Promise<Response> {
  const body = JSON.stringify(event);
  const headers = signedHeaders({ id: event.id, at: new Date(), body }, [secret]);
  return fetch(url, { method: "POST", body, headers });
}

describe("the receiver in docs/examples", () => {
  test("hears of an order what happened to it, in order", async () => {
    const shop = await openShop(desk.db);
    const secret = newSecret();
    const receiver = await runReceiver(secret);
    const { endpointId } = await addEndpoint(desk, shop.id, receiver.url, {}, secret);
    tellingWorker(desk);
    const orderId = await placeOne(desk, { shop });
    await remarkOn(desk, orderId, "settled");
    await sweep(desk);
    await untilDelivered(desk, endpointId, 3);
    const { number } = await desk.db
      .selectFrom("orders")
      .select("number")
      .where("id", "=", orderId)
      .executeTakeFirstOrThrow();
    expect(receiver.lines()).toEqual([
      `${number} is draft (order.placed 1)`,
      `${number} is reserving (order.checked_out 2)`,
      `${number} is reserving (order.settled 3)`,
    ]);
  });

  test("believes no stranger, hears nothing twice and does not go back", async () => {
    const secret = newSecret();
    const receiver = await runReceiver(secret);
    const event = (seq: number) => ({
      ...{ id: `one-${seq}`, type: "order.settled", seq, orderId: "one", orderNumber: "1" },
      ...{ status: "paid", at: new Date().toISOString(), data: {} },
    });
    expect((await tell(receiver.url, newSecret(), event(1))).status).toBe(401);
    for (const seq of [2, 2, 1, 3]) {
      expect((await tell(receiver.url, secret, event(seq))).status).toBe(204);
    }
    const endless = fetch(receiver.url, { method: "POST", body: "x".repeat(8_000_000) });
    await expect(endless).rejects.toThrow();
    await waitFor("what it says", () => receiver.lines().length === 2);
    expect(receiver.lines()).toEqual([
      "1 is paid (order.settled 2)",
      "1 is paid (order.settled 3)",
    ]);
  });
});
