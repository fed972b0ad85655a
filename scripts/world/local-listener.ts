import { randomUUID } from "node:crypto";
import type { JsonClient } from "./json-client.ts";

const path = "/v1/webhook-endpoints";

/** Has the stand-in for another system told of the local shop's orders: once, however often. */
export async function ensureListener(ask: JsonClient, sandboxUrl: string): Promise<void> {
  const url = new URL("/receiver/orders", sandboxUrl).href;
  const { body } = await ask<{ data: { url: string }[] }>("GET", path);
  if (body.data.some((endpoint) => endpoint.url === url)) return;
  await ask("POST", path, {
    body: { url, description: "The chain's stock planning" },
    idempotencyKey: randomUUID(),
  });
}
