import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";

export type Address = {
  line1: string;
  line2?: string | undefined;
  city: string;
  postalCode?: string | undefined;
  region?: string | undefined;
  /** ISO 3166-1 alpha-2, such as GB. */
  country: string;
};

/** The person behind an order. It lives sealed in order_contacts and nowhere else. */
export type Contact = {
  email: string;
  /** E.164, such as +447700900123. */
  phone: string | null;
  name: string | null;
  address: Address | null;
};

export type SealedContact = {
  keyId: string;
  sealed: Buffer;
  emailHash: Buffer;
  phoneHash: Buffer | null;
};

export type ContactSafe = {
  seal(contact: Contact): SealedContact;
  open(row: { key_id: string; sealed: Buffer }): Contact;
  /** The keyed hash by which an e-mail or phone is found: exact match only. */
  hashEmail(email: string): Buffer;
  hashPhone(phone: string): Buffer;
};

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the contact as JSON. */
const nonceBytes = 12;
const tagBytes = 16;

export function contactSafe({ id, key }: { id: string; key: string }): ContactSafe {
  // Key objects, made once: made from bytes at each call they were 12 % of web's CPU per order.
  const bytes = Buffer.from(key, "base64");
  const secret = createSecretKey(bytes);
  const hashBytes = hkdfSync("sha256", bytes, "", "aurora contact hash", 32);
  const hashKey = createSecretKey(Buffer.from(hashBytes));
  const hash = (kind: string, text: string) =>
    createHmac("sha256", hashKey).update(`${kind}:${text}`).digest();
  const hashEmail = (email: string) => hash("email", email.trim().toLowerCase());
  const hashPhone = (phone: string) => hash("phone", phone.replace(/[^\d+]/g, ""));

  return {
    hashEmail,
    hashPhone,
    seal(contact) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", secret, nonce);
      const text = Buffer.concat([cipher.update(JSON.stringify(contact), "utf8"), cipher.final()]);
      return {
        keyId: id,
        sealed: Buffer.concat([nonce, cipher.getAuthTag(), text]),
        emailHash: hashEmail(contact.email),
        phoneHash: contact.phone === null ? null : hashPhone(contact.phone),
      };
    },
    open({ key_id, sealed }) {
      if (key_id !== id) {
        throw new Error(`This contact was sealed with key "${key_id}"; CONTACT_KEY has "${id}".`);
      }
      const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(0, nonceBytes));
      decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = decipher.update(sealed.subarray(nonceBytes + tagBytes));
      return JSON.parse(Buffer.concat([text, decipher.final()]).toString("utf8")) as Contact;
    },
  };
}

/** Unpaid orders that are over forget their person a day after they were placed. */
const unpaidDays = 1;

/** Sets when the person behind each order is erased, once the order is over. */
export async function eraseLater(
  trx: Trx,
  orderIds: readonly string[],
  outcome: "paid" | "unpaid",
  settings: Pick<Settings, "CONTACT_DAYS">,
): Promise<void> {
  const days = outcome === "paid" ? settings.CONTACT_DAYS : unpaidDays;
  await sql`
    UPDATE order_contacts SET erase_at =
      CASE WHEN ${outcome === "paid"} THEN now() ELSE orders.placed_at END
      + make_interval(secs => ${days * 24 * 3_600})
    FROM orders
    WHERE orders.id = order_contacts.order_id AND order_id = ANY(${orderIds}::uuid[])`.execute(trx);
}
