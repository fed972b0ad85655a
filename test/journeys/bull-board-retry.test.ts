import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { type AtBrowser, signInAt } from "../support/operators.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

let world: World;
let store: Storefront;

beforeAll(async () => {
  // The clocks are so slow that only the click can have healed the order.
  const settings = { LEASE_SECONDS: "300", BACKOFF_SECONDS: "300", QUICK_RETRY_SECONDS: "0.05" };
  world = await startTestWorld({ settings });
  store = await openStorefront(world);
}, 60_000);
afterAll(() => world?.stop());

function onBoard({ headers }: AtBrowser, method: string, path: string): Promise<Response> {
  return fetch(`${world.apiUrl}/ops/queues/api/queues${path}`, { method, headers });
}

type Board = { queues: { name: string; jobs: { id: string; failedReason: string }[] }[] };

test("one click in Bull Board, after Stripe healed, makes the order payable at once", async () => {
  const route = "POST /v1/payment_intents";
  const fault = { service: "stripe", route, kind: "status", status: 500, times: 3 };
  await store.sandbox("POST", "/_sandbox/faults", { body: fault });
  await store.sell("Stuck-1", 1);
  const { id } = await store.order([{ sku: "Stuck-1", quantity: 1 }]);

  const ann = await signInAt(world, "operator");
  const failed = await waitFor("the job to stand in the failed set", async () => {
    const answer = await onBoard(ann, "GET", "?activeQueue=payment&status=failed");
    const board = (await answer.json()) as Board;
    return board.queues.find(({ name }) => name === "payment")?.jobs[0];
  });
  expect(failed.failedReason).toContain("Stripe");
  expect((await store.read(id)).payment?.clientSecret).toBeUndefined();

  const click = await onBoard(ann, "PUT", `/payment/${failed.id}/retry`);
  expect(click.status).toBe(204);
  expect(await store.untilPayable(id)).toMatch(/^pi_/);
  await store.pay(id);
  await store.until(id, "paid");
});
