import { type RawBuilder, sql } from "kysely";
import type { ContactSafe } from "../../notifications/contacts.ts";
import { uuidOrNull } from "../../payments/inbox.ts";

/** Of one look so many orders are taken: a SKU may be in thousands. */
const mostRows = 200;

/** The queries that may find orders by what was typed: each gives `order_id` and `what`. */
export function looksFor(query: string, intentBehind: string | null): RawBuilder<unknown>[] {
  return [
    ...byNumber(query),
    ...byId(query),
    ...byStripeId(query, intentBehind),
    look(sql`SELECT order_id, 'holds ' || quantity || ' of ' || sku FROM holds
      WHERE sku = lower(${query}) AND status IN ('held', 'sold')`),
    look(sql`SELECT order_id, 'the supplier of its ' || channel || ' calls it so'
      FROM notifications WHERE provider_id = ${query} AND order_id IS NOT NULL`),
  ];
}

function look(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${rows} LIMIT ${sql.lit(mostRows)})`;
}

/** People read O for 0 and I for 1, and leave the dashes out. */
function byNumber(query: string): RawBuilder<unknown>[] {
  const plain = query.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (!/^[0-9A-HJKMNP-TV-Z]{12}$/.test(plain)) return [];
  const number = `${plain.slice(0, 4)}-${plain.slice(4, 8)}-${plain.slice(8)}`;
  return [look(sql`SELECT id, 'its number' FROM orders WHERE number = ${number}`)];
}

function byId(query: string): RawBuilder<unknown>[] {
  const id = uuidOrNull(query);
  if (id === null) return [];
  return [
    look(sql`SELECT id, 'its id' FROM orders WHERE id = ${id}::uuid`),
    look(sql`SELECT order_id, 'its payment' FROM payments WHERE id = ${id}::uuid`),
    look(sql`SELECT order_id, 'its refund' FROM refunds WHERE id = ${id}::uuid`),
    look(sql`SELECT order_id, 'its ' || channel || ' ' || template FROM notifications
      WHERE id = ${id}::uuid AND order_id IS NOT NULL`),
    look(sql`SELECT order_id, 'a webhook out that tells of it' FROM webhook_deliveries
      WHERE id = ${id}::uuid AND order_id IS NOT NULL`),
  ];
}

/** Whether it may be the e-mail or the phone of somebody. */
export function namesPerson(query: string): boolean {
  return isEmail(query) || phoneOf(query) !== null;
}

/** The same by the e-mail or the phone of the customer: these are not for everybody. */
export function looksForPerson(
  query: string,
  contacts: Pick<ContactSafe, "hashesOfEmail" | "hashesOfPhone">,
): RawBuilder<unknown>[] {
  if (isEmail(query)) {
    const hashes = contacts.hashesOfEmail(query);
    return [
      look(sql`SELECT order_id, 'the customer''s e-mail' FROM order_contacts
        WHERE email_hash = ANY(${hashes}::bytea[]) ORDER BY order_id DESC`),
    ];
  }
  const phone = phoneOf(query);
  if (phone === null) return [];
  return [
    look(sql`SELECT order_id, 'the customer''s phone' FROM order_contacts
      WHERE phone_hash = ANY(${contacts.hashesOfPhone(phone)}::bytea[]) ORDER BY order_id DESC`),
  ];
}

function isEmail(query: string): boolean {
  return /^\S+@\S+$/.test(query);
}

/** As it is kept, +447700900123, however it was typed: with 00, with blanks, without the plus. */
function phoneOf(query: string): string | null {
  if (!/^\+?[\d\s().-]{7,25}$/.test(query)) return null;
  const digits = query.replace(/\D/g, "");
  if (digits.length < 7 || digits.length > 17) return null;
  return `+${query.startsWith("+") ? digits : digits.replace(/^00/, "")}`;
}

function byStripeId(query: string, intentBehind: string | null): RawBuilder<unknown>[] {
  const [, kind = ""] = /^([a-z]+)_\w+$/.exec(query) ?? [];
  const intent = (id: string, what: string) =>
    look(sql`SELECT order_id, ${sql.lit(what)} FROM payments WHERE intent_id = ${id}`);
  switch (kind) {
    case "pi":
      return [intent(query.split("_secret_")[0] ?? query, "its payment at Stripe")];
    case "ch":
    case "py":
      return [
        look(sql`SELECT order_id, 'a declined charge of it' FROM payment_failures
          JOIN payments ON payments.id = payment_id WHERE charge_id = ${query}`),
        ...(intentBehind ? [intent(intentBehind, "its charge at Stripe")] : []),
      ];
    case "re":
    case "pyr":
      return [
        look(sql`SELECT order_id, 'its refund at Stripe' FROM refunds WHERE stripe_id = ${query}`),
      ];
    case "dp":
    case "du":
      return [look(sql`SELECT order_id, 'its dispute' FROM disputes WHERE id = ${query}`)];
    case "evt":
      return [
        look(sql`SELECT order_id, 'Stripe''s event ' || type FROM webhook_events
          JOIN payments ON payments.id = payment_id WHERE webhook_events.id = ${query}`),
      ];
    default:
      return [];
  }
}
