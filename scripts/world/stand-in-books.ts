import { type RawBuilder, sql } from "kysely";
import { deadStatuses, type Invariant } from "../../src/ops/invariants/invariant.ts";
import { jsonClient } from "./json-client.ts";

/** Where the stand-ins for Stripe and SendGrid are; undefined where the real ones are used. */
export type StandInUrls = { stripe: string | undefined; mail: string | undefined };

/** What the stand-ins say of an intent and of a mail: as much as is compared here. */
export type LedgerLine = {
  id: string;
  orderId: string | null;
  installation: string | null;
  status: string;
  capturedMinor: number;
  refundedMinor: number;
  chargesSucceeded: number;
};
export type AcceptedMail = { id: string; orderId: string | null; notificationId: string | null };

/** The books of the stand-ins, who are witnesses independent of ours. */
export type StandInBooks = { intents?: LedgerLine[]; mails?: AcceptedMail[] };

export async function readStandInBooks({ stripe, mail }: StandInUrls): Promise<StandInBooks> {
  const books: StandInBooks = {};
  if (stripe) {
    const path = "/_sandbox/stripe/ledger";
    books.intents = (await jsonClient(stripe)<{ intents: LedgerLine[] }>("GET", path)).body.intents;
  }
  if (mail) {
    const { body } = await jsonClient(mail)<AcceptedMail[]>("GET", "/_sandbox/mail");
    books.mails = body.map(({ id, orderId, notificationId }) => ({ id, orderId, notificationId }));
  }
  return books;
}

/**
 * What must be true of our tables beside those books: of all our orders, or of these only, where
 * the stand-ins are younger than the database. Intents without our stamp are not ours.
 */
export function standInInvariants(
  { intents, mails }: StandInBooks,
  orderIds?: readonly string[],
): Invariant[] {
  const isMeant = (orderId: RawBuilder<unknown>) =>
    orderIds ? sql`${orderId}::text = ANY(${orderIds}::text[])` : sql`true`;
  return [
    ...(intents ? moneyAtStripe(intents, isMeant) : []),
    ...(mails ? mailAtSendGrid(mails, isMeant) : []),
  ];
}

type IsMeant = (orderId: RawBuilder<unknown>) => RawBuilder<unknown>;

function moneyAtStripe(intents: readonly LedgerLine[], isMeant: IsMeant): Invariant[] {
  const ledger = sql`(
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(intents)}::jsonb) AS line (
      id text, "orderId" text, installation text, status text, "capturedMinor" bigint,
      "refundedMinor" bigint, "chargesSucceeded" integer)
    WHERE installation = (SELECT id::text FROM installation)
      AND ${isMeant(sql.ref("orderId"))}
  ) AS ledger`;
  // Money of orders that we don't know has no payment: only the ledger tells of it.
  return [
    {
      name: "stripe_captured_what_we_captured",
      promise: "For each intent, Stripe's books and ours know the same captured money.",
      looked: sql`
        SELECT coalesce(ledger.id, intent_id) AS intent_id,
          coalesce("orderId", order_id::text) AS order_id,
          "capturedMinor" AS stripe_captured, captured_minor AS our_captured,
          "capturedMinor" IS DISTINCT FROM captured_minor AS broken
        FROM (SELECT * FROM ${ledger} WHERE "capturedMinor" > 0) AS ledger
        FULL JOIN (
          SELECT order_id, intent_id, captured_minor FROM payments
          WHERE captured_minor > 0 AND ${isMeant(sql.ref("order_id"))}
          UNION ALL
          SELECT order_id, substr(movement, ${"capture:".length + 1}), amount_minor
          FROM ledger_entries WHERE payment_id IS NULL AND account = 'stripe'
            AND movement LIKE 'capture:%' AND ${isMeant(sql.ref("order_id"))}
        ) AS ours ON intent_id = ledger.id`,
    },
    {
      name: "one_capture_per_order_at_stripe",
      promise: "Stripe keeps the money of at most one charge for each order.",
      looked: sql`
        SELECT coalesce("orderId", id) AS order_id, array_agg(id) AS intents,
          sum("chargesSucceeded") AS charges, sum("chargesSucceeded") > 1 AS broken
        FROM ${ledger} WHERE "capturedMinor" > "refundedMinor" GROUP BY 1`,
    },
    {
      name: "no_dead_order_can_be_paid_at_stripe",
      promise: "The intents of orders that ended unpaid take no money any more.",
      looked: sql`
        SELECT ledger.id AS intent_id, orders.id AS order_id, number, orders.status,
          ledger.status AS intent_status,
          ledger.status NOT IN ('canceled', 'succeeded') AS broken
        FROM ${ledger} JOIN orders ON orders.id::text = "orderId"
        WHERE orders.status = ANY(${deadStatuses}::text[])`,
    },
  ];
}

function mailAtSendGrid(mails: readonly AcceptedMail[], isMeant: IsMeant): Invariant[] {
  return [
    {
      name: "one_confirmation_accepted_per_paid_order",
      promise: "SendGrid took each confirmation once, or once more after an unknown outcome.",
      looked: sql`
        SELECT ours.order_id, ours.id AS notification_id, status, tries, count(mail.id) AS accepted,
          count(mail.id) > tries OR (status = 'sent' AND count(mail.id) = 0) AS broken
        FROM notifications AS ours
        LEFT JOIN jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) AS mail (
          id text, "notificationId" text
        ) ON "notificationId" = ours.id::text
        WHERE template = 'order_paid' AND channel = 'email' AND ${isMeant(sql.ref("order_id"))}
        GROUP BY ours.id`,
    },
  ];
}
