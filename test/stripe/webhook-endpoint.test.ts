import type Stripe from "stripe";
import { expect, test } from "vitest";
import { neededEvents } from "../../src/payments/inbox.ts";
import { startStandIns, WEBHOOK_SECRET } from "../sandbox/stand-ins.ts";
import { gatewayAt } from "../workers/paying.ts";

type Types = Stripe.WebhookEndpointCreateParams.EnabledEvent[];
const ours = "https://shop.example/v1/webhooks/stripe";

test.each<[string, boolean, string, Types]>([
  ["takes all that we need", true, ours, [...neededEvents]],
  ["takes everything", true, ours, ["*"]],
  [
    "takes more, behind a proxy's path",
    true,
    "https://shop.example/orders/v1/webhooks/stripe",
    ["charge.captured", ...neededEvents],
  ],
  [
    "does not take refunds that fail",
    false,
    ours,
    [...neededEvents.filter((type) => type !== "refund.failed")],
  ],
  ["is somebody else's", false, "https://books.example/hooks", ["*"]],
])("an endpoint that %s is ours: %s", async (_what, isOurs, url, types) => {
  const standIns = await startStandIns({ webhookSecret: WEBHOOK_SECRET });
  await standIns.stripe.webhookEndpoints.create({ url, enabled_events: types });
  expect(await gatewayAt(standIns.url).hasWebhookEndpoint()).toBe(isOurs);
});

test("is not asked for again within a minute where the key may not ask", async () => {
  const standIns = await startStandIns();
  const route = "GET /v1/webhook_endpoints";
  await standIns.tell("/faults", { service: "stripe", route, kind: "status", status: 403 });
  const gateway = gatewayAt(standIns.url);
  await expect(gateway.hasWebhookEndpoint()).rejects.toMatchObject({ code: "stripe_key_refused" });
  for (let poll = 0; poll < 10; poll++) expect(await gateway.hasWebhookEndpoint()).toBe(false);
  expect((await standIns.read<Record<string, number>>("/counts"))[route]).toBe(1);
});
