import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { openText, type SealingKey, sealText } from "../seal.ts";

/** As Standard Webhooks writes them: this, and 32 bytes in base64. */
const prefix = "whsec_";
const secretBytes = 32;

export function newSecret(): string {
  return prefix + randomBytes(secretBytes).toString("base64");
}

type SealedSecret = { keyId: string; sealed: Buffer };

export type SecretSafe = {
  /** Seals with the first key. */
  seal(secret: string): SealedSecret;
  /** Opens with the key that sealed it; null where that key is not here any more. */
  open(sealed: SealedSecret): string | null;
};

/**
 * Keeps endpoints' secrets sealed as customers are: by the same keys, from each of which one for
 * secrets alone is derived.
 */
export function secretSafe(keys: readonly [SealingKey, ...SealingKey[]]): SecretSafe {
  const [newest, ...older] = keys.map(keyForSecrets) as [Derived, ...Derived[]];
  const all = [newest, ...older];
  return {
    seal: (secret) => ({ keyId: newest.id, sealed: sealText(newest.key, secret) }),
    open({ keyId, sealed }) {
      const found = all.find(({ id }) => id === keyId);
      return found ? openText(found.key, sealed) : null;
    },
  };
}

type Derived = { id: string; key: KeyObject };

function keyForSecrets({ id, key }: SealingKey): Derived {
  const bytes = hkdfSync("sha256", Buffer.from(key, "base64"), "", "aurora webhook secret", 32);
  return { id, key: createSecretKey(Buffer.from(bytes)) };
}

/** The headers of Standard Webhooks: while secrets are exchanged, signed with each of them. */
export function signedHeaders(
  message: { id: string; at: Date; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const { id, at, body } = message;
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
}
