import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { orderTokenPattern, orderTokens } from "../../src/orders/order-token.ts";

const serverKey = randomBytes(32).toString("base64");
const tokens = orderTokens(serverKey);
const order = { id: randomUUID(), tokenVersion: 1 };

describe("an order token", () => {
  test("is the same each time, and looks like no API key", () => {
    expect(tokens.tokenOf(order)).toBe(orderTokens(serverKey).tokenOf(order));
    expect(tokens.tokenOf(order)).toMatch(orderTokenPattern);
    expect(`pk_${randomBytes(32).toString("base64url")}`).not.toMatch(orderTokenPattern);
  });

  test("opens its own order at its own version under its own key, and nothing else", () => {
    const token = tokens.tokenOf(order);
    expect(tokens.matches(token, order)).toBe(true);
    expect(tokens.matches(token, { ...order, id: randomUUID() })).toBe(false);
    expect(tokens.matches(token, { ...order, tokenVersion: 2 })).toBe(false);
    const elsewhere = orderTokens(randomBytes(32).toString("base64"));
    expect(elsewhere.matches(token, order)).toBe(false);
    for (const forged of ["", "x", token.slice(1), `${token}x`, "A".repeat(43)]) {
      expect(tokens.matches(forged, order)).toBe(false);
    }
  });
});
