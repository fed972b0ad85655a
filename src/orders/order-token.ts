import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from "node:crypto";

/** What a token is made from. Raising `tokenVersion` makes an order's earlier tokens worthless. */
type TokenSubject = { id: string; tokenVersion: number };

export type OrderTokens = {
  /** The guest's way to their one order: always the same, so that a replay can tell it again. */
  tokenOf(order: TokenSubject): string;
  matches(token: string, order: TokenSubject): boolean;
};

/** Order tokens are recomputed from the server's key (`SERVER_KEY`) and kept nowhere. */
export function orderTokens(serverKey: string): OrderTokens {
  const secret = Buffer.from(serverKey, "base64");
  // A key object is made once: made of bytes each time, it costs more than the hash itself.
  const bytes = Buffer.from(hkdfSync("sha256", secret, "", "aurora order token", 32));
  const key = createSecretKey(bytes);
  const bytesOf = ({ id, tokenVersion }: TokenSubject) =>
    createHmac("sha256", key).update(`${id}.${tokenVersion}`).digest();
  return {
    tokenOf: (order) => bytesOf(order).toString("base64url"),
    matches(token, order) {
      const given = Buffer.from(token, "base64url");
      const expected = bytesOf(order);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/** How a token looks: 32 bytes in base64url. */
export const orderTokenPattern = /^[A-Za-z0-9_-]{43}$/;
