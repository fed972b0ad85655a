import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import { openText, type SealingKey, sealText } from "../seal.ts";

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
  /** Seals with the first key. */
  seal(contact: Contact): SealedContact;
  /** Opens with the key that sealed it; null where that key is not here any more. */
  open(row: { key_id: string; sealed: Buffer }): Contact | null;
  /** The keyed hashes by which an e-mail is found, one for each key: exact match only. */
  hashesOfEmail(email: string): Buffer[];
  /** The same of a phone number in E.164; blanks, brackets and dashes don't matter. */
  hashesOfPhone(phone: string): Buffer[];
};

/** The first key seals; the others only open what they sealed before it came. */
export function contactSafe(keys: readonly [SealingKey, ...SealingKey[]]): ContactSafe {
  const [newest, ...older] = keys.map(preparedKey) as [PreparedKey, ...PreparedKey[]];
  const all = [newest, ...older];
  return {
    hashesOfEmail: (email) => all.map((key) => hashEmail(key, email)),
    hashesOfPhone: (phone) => all.map((key) => hashPhone(key, phone)),
    seal(contact) {
      return {
        keyId: newest.id,
        sealed: sealText(newest.secret, JSON.stringify(contact)),
        emailHash: hashEmail(newest, contact.email),
        phoneHash: contact.phone === null ? null : hashPhone(newest, contact.phone),
      };
    },
    open({ key_id, sealed }) {
      const key = all.find(({ id }) => id === key_id);
      const text = key ? openText(key.secret, sealed) : null;
      return text === null ? null : (JSON.parse(text) as Contact);
    },
  };
}

type PreparedKey = { id: string; secret: KeyObject; hashKey: KeyObject };

/** Key objects, made once: made from bytes at each call they were 12 % of web's CPU per order. */
function preparedKey({ id, key }: SealingKey): PreparedKey {
  const bytes = Buffer.from(key, "base64");
  const hashBytes = hkdfSync("sha256", bytes, "", "aurora contact hash", 32);
  return {
    id,
    secret: createSecretKey(bytes),
    hashKey: createSecretKey(Buffer.from(hashBytes)),
  };
}

function hashEmail({ hashKey }: PreparedKey, email: string): Buffer {
  return createHmac("sha256", hashKey).update(`email:${email.trim().toLowerCase()}`).digest();
}

function hashPhone({ hashKey }: PreparedKey, phone: string): Buffer {
  return createHmac("sha256", hashKey)
    .update(`phone:${phone.replace(/[^\d+]/g, "")}`)
    .digest();
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

/** An order lives again: nobody is erased. */
export async function keepPersons(trx: Trx, orderIds: readonly string[]): Promise<void> {
  await sql`
    UPDATE order_contacts SET erase_at = NULL
    WHERE order_id = ANY(${orderIds}::uuid[])`.execute(trx);
}
