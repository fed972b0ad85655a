import { type RawBuilder, sql } from "kysely";
import { deadStatuses, type Invariant } from "../../src/invariants/invariant.ts";
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
  refunds: { id: string; amount: number; status: string }[];
  /** What a bank has taken back and not returned. */
  disputedMinor: number;
  disputes: { id: string; amount: number; status: string }[];
  feesMinor: number;
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
      "refundedMinor" bigint, "chargesSucceeded" integer, refunds jsonb, disputes jsonb,
      "disputedMinor" bigint, "feesMinor" bigint)
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
      promise: "Stripe keeps one charge of each order at most, or could not give the other back.",
      looked: sql`
        SELECT coalesce("orderId", id) AS order_id, array_agg(id) AS intents,
          sum("chargesSucceeded") AS charges, sum("chargesSucceeded") > 1 AS broken
        FROM ${ledger}
        WHERE "capturedMinor" > "refundedMinor" AND NOT refunds @> '[{"status": "failed"}]'
        GROUP BY 1`,
    },
    {
      name: "no_dead_order_can_be_paid_at_stripe",
      promise: "The intents of orders that are over take no money, or are still being asked about.",
      looked: sql`
        SELECT ledger.id AS intent_id, orders.id AS order_id, number, orders.status,
          ledger.status AS intent_status,
          ledger.status NOT IN ('canceled', 'succeeded')
          AND coalesce(payments.status <> 'processing' AND payments.last_error IS NULL, true)
            AS broken
        FROM ${ledger} JOIN orders ON orders.id::text = "orderId"
        LEFT JOIN payments ON payments.intent_id = ledger.id
        WHERE orders.status = ANY(${deadStatuses}::text[])`,
    },
    ...moneyBack(ledger, isMeant),
  ];
}

/** Stripe's word for how a refund or a dispute stands, in ours. */
const ourRefundStatus = sql`CASE status WHEN 'succeeded' THEN 'succeeded'
  WHEN 'failed' THEN 'failed' WHEN 'canceled' THEN 'failed' ELSE 'pending' END`;
const ourDisputeStatus = sql`CASE WHEN status IN ('won', 'warning_closed') THEN 'won'
  WHEN status = 'lost' THEN 'lost' WHEN status LIKE 'warning_%' THEN 'inquiry'
  ELSE 'open' END`;

function moneyBack(ledger: RawBuilder<unknown>, isMeant: IsMeant): Invariant[] {
  const listed = (list: "refunds" | "disputes", status: RawBuilder<unknown>) => sql`
    SELECT item.id, item.amount, ${status} AS status FROM (
      SELECT item.* FROM ${ledger} JOIN payments ON payments.intent_id = ledger.id
      CROSS JOIN jsonb_to_recordset(${sql.ref(list)}) AS item (
        id text, amount bigint, status text)
    ) AS item`;
  return [
    {
      name: "stripe_refunded_what_we_refunded",
      promise: "Each refund that Stripe has we have, as high and as far, and no other.",
      looked: sql`
        SELECT coalesce(theirs.id, stripe_id) AS stripe_id, ours.id AS refund_id,
          theirs.amount AS stripe_amount, amount_minor AS our_amount,
          theirs.status AS stripe_status, ours.status AS our_status,
          (theirs.amount, theirs.status) IS DISTINCT FROM (amount_minor, ours.status) AS broken
        FROM (${listed("refunds", ourRefundStatus)}) AS theirs FULL JOIN (
          SELECT * FROM refunds WHERE stripe_id IS NOT NULL AND ${isMeant(sql.ref("order_id"))}
        ) AS ours ON stripe_id = theirs.id`,
    },
    {
      name: "stripe_disputes_are_ours",
      promise: "Each dispute that Stripe has we have, as high and as far, and no other.",
      looked: sql`
        SELECT coalesce(theirs.id, ours.id) AS dispute_id, theirs.amount AS stripe_amount,
          amount_minor AS our_amount, theirs.status AS stripe_status, ours.status AS our_status,
          (theirs.amount, theirs.status) IS DISTINCT FROM (amount_minor, ours.status) AS broken
        FROM (${listed("disputes", ourDisputeStatus)}) AS theirs FULL JOIN (
          SELECT * FROM disputes WHERE ${isMeant(sql.ref("order_id"))}
        ) AS ours ON ours.id = theirs.id`,
    },
    {
      name: "stripe_holds_what_the_ledger_says",
      promise:
        "Per intent, our ledger agrees with Stripe on what is left, was taken, and it costs.",
      // Where Stripe was late to name its fee for the payment, that fee is not booked.
      looked: sql`
        SELECT ledger.id AS intent_id, "orderId" AS order_id,
          "capturedMinor" - "refundedMinor" AS stripe_kept, kept,
          "disputedMinor" AS stripe_disputed, disputed, "feesMinor" AS stripe_fees, fees,
          "capturedMinor" - "refundedMinor" <> coalesce(kept, 0)
          OR "disputedMinor" <> coalesce(disputed, 0)
          OR CASE WHEN has_fee THEN "feesMinor" <> fees
            ELSE "feesMinor" < coalesce(fees, 0) END AS broken
        FROM ${ledger} JOIN payments ON payments.intent_id = ledger.id LEFT JOIN (
          SELECT payment_id, -sum(amount_minor) FILTER (WHERE account = 'sales') AS kept,
            sum(amount_minor) FILTER (WHERE account IN ('disputed', 'losses')) AS disputed,
            sum(amount_minor) FILTER (WHERE account = 'fees') AS fees,
            bool_or(movement LIKE 'fee:%') AS has_fee
          FROM ledger_entries GROUP BY 1
        ) AS booked ON booked.payment_id = payments.id`,
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
