import { createHmac, createSecretKey, hkdfSync } from "node:crypto";

export type Fingerprint = (request: unknown) => Buffer;

/**
 * A keyed hash of a request, by which a replay is told from another request under the same
 * idempotency key. Keyed, because a bare hash of a small body could be guessed back.
 */
export function fingerprints(serverKey: string): Fingerprint {
  const secret = Buffer.from(serverKey, "base64");
  const bytes = Buffer.from(hkdfSync("sha256", secret, "", "aurora request fingerprint", 32));
  const key = createSecretKey(bytes);
  return (request) => createHmac("sha256", key).update(canonical(request)).digest();
}

/** JSON with sorted keys: two spellings of one request are one request. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
