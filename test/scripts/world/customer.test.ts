import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { placeOrder } from "../../../scripts/world/customer.ts";

const body = { contact: { email: "a@example.com" }, lines: [{ sku: "Cup", quantity: 1 }] };
const order = { id: "1", number: "ONE", totalMinor: 5, status: "reserving", orderToken: "token" };

type Answer = (response: ServerResponse) => void;

const accept: Answer = (response) => response.writeHead(202).end(JSON.stringify(order));
const busy: Answer = (response) => response.writeHead(503, { "retry-after": "0" }).end();
const hangUp: Answer = (response) => response.destroy();
const refuse: Answer = (response) => response.writeHead(422).end("no");

/** A shop that gives these answers in turn; it remembers the keys that it was shown. */
async function shopThatAnswers(...answers: Answer[]) {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    (answers.shift() ?? accept)(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    keys,
    place: () => placeOrder({ apiUrl, sandboxUrl: apiUrl }, { key: "pk" }, body, "k1"),
  };
}

test("a customer asks a busy shop, and one that hangs up, again with the same key", async () => {
  const { keys, place } = await shopThatAnswers(busy, hangUp, busy);
  expect(await place()).toMatchObject({ id: "1", number: "ONE", totalMinor: 5 });
  expect(keys).toEqual(["k1", "k1", "k1", "k1"]);
});

test("a customer takes a refusal for an answer", async () => {
  const { keys, place } = await shopThatAnswers(refuse);
  await expect(place()).rejects.toThrow("POST /v1/orders was answered with 422: no");
  expect(keys).toEqual(["k1"]);
});
