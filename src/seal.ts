import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from "node:crypto";

/** A key under its name, 32 bytes in base64. */
export type SealingKey = { id: string; key: string };

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the text. */
const nonceBytes = 12;
const tagBytes = 16;

export function sealText(key: KeyObject, text: string): Buffer {
  const nonce = freshNonce();
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Asking for a nonce's worth of chance takes as long as sealing with it: many are got at once. */
const nonces = Buffer.alloc(nonceBytes * 256);
let used = nonces.length;

/** Bytes that were not given out before. */
function freshNonce(): Buffer {
  if (used === nonces.length) {
    randomFillSync(nonces);
    used = 0;
  }
  used += nonceBytes;
  return Buffer.from(nonces.subarray(used - nonceBytes, used));
}

/** What was sealed; null where it was with another key, be it under the same name. */
export function openText(key: KeyObject, sealed: Buffer): string | null {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes));
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    const text = decipher.update(sealed.subarray(nonceBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
