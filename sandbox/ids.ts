import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX = "0123456789abcdef";

/** Filled 8 KB at a time: asking the system for 24 bytes per id would cost more than the id. */
const pool = Buffer.alloc(8192);
let used = pool.length;

/** A name in Stripe's manner, such as pi_3Qx... */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${letters(length, ALPHABET)}`;
}

/** A name in Twilio's manner: two letters and 32 hexadecimal digits. */
export function newSid(prefix: string): string {
  return prefix + letters(32, HEX);
}

export function letters(length: number, alphabet: string = ALPHABET): string {
  let text = "";
  while (text.length < length) {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    // The last few byte values would make the first letters likelier; they are passed over.
    const value = pool.readUInt8(used++);
    if (value < 256 - (256 % alphabet.length)) text += alphabet[value % alphabet.length];
  }
  return text;
}
