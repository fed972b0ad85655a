import type { Db } from "../../src/db/connect.ts";
import { payingTemplates } from "../../src/notifications/lifecycle.ts";
import { jsonClient } from "../world/json-client.ts";

/** What an order's customer must be told at each of these events, and whether by phone too. */
const tellings: Record<string, { mail: string; byPhone: boolean }> = {
  payment_captured: { mail: "order_paid", byPhone: true },
  stock_refused: { mail: "order_rejected", byPhone: false },
  hold_expired: { mail: "order_expired", byPhone: false },
  cancelled: { mail: "order_cancelled", byPhone: true },
  revived: { mail: "order_paid", byPhone: true },
  paid_by_force: { mail: "order_paid", byPhone: true },
  cancelled_after_payment: { mail: "order_cancelled", byPhone: true },
  shipped: { mail: "order_shipped", byPhone: true },
  lines_cancelled: { mail: "lines_cancelled", byPhone: false },
  // As soon as Stripe has taken it, be it done or still on its way.
  refund_accepted: { mail: "order_refunded", byPhone: true },
  refund_succeeded: { mail: "order_refunded", byPhone: true },
};

const toldOtherwise: unknown[] = ["order_cancelled", "lines_cancelled"];

export interface Told {
  mails: string[];
  texts: number;
  /** What is missing or too much, in words. */
  faults: string[];
}

type Mail = { orderId: string | null; categories: string[] };
type Text = { body: string };

/** What the stand-ins have carried to the customers of these orders, beside what they should. */
export async function readTold(
  db: Db,
  sandboxUrl: string,
  orders: readonly { id: string; number: string }[],
): Promise<Map<string, Told>> {
  const sandbox = jsonClient(sandboxUrl);
  const [mails, texts] = await Promise.all([
    sandbox<Mail[]>("GET", "/_sandbox/mail"),
    sandbox<Text[]>("GET", "/_sandbox/sms"),
  ]);
  const expected = await readExpected(
    db,
    orders.map(({ id }) => id),
  );
  return new Map(
    orders.map(({ id, number }) => {
      const own = mails.body.filter(({ orderId }) => orderId === id);
      const told = own.flatMap(({ categories }) => categories);
      const count = texts.body.filter(({ body }) => body.includes(number)).length;
      const { templates = [], texts: wanted = 0 } = expected.get(id) ?? {};
      const faults = [...faultsOf(told, templates)];
      if (count !== wanted) faults.push(`${count} texts in place of ${wanted}`);
      return [id, { mails: told, texts: count, faults }];
    }),
  );
}

/** A mail that asks to pay is not sent any more once the order is decided. */
function faultsOf(told: readonly string[], wanted: readonly string[]): string[] {
  const required = told.filter((template) => !payingTemplates.includes(template)).sort();
  if (required.join() === wanted.toSorted().join()) return [];
  return [`the mails ${required.join(", ") || "none"} in place of ${wanted.join(", ") || "none"}`];
}

async function readExpected(db: Db, ids: readonly string[]) {
  const events = await db
    .selectFrom("order_events")
    .innerJoin("order_contacts", "order_contacts.order_id", "order_events.order_id")
    .select(["order_events.order_id as id", "event", "detail", "phone_hash as phone"])
    .where("order_events.order_id", "in", ids)
    .orderBy("seq")
    .execute();
  const refunds = new Set<unknown>();
  const expected = new Map<string, { templates: string[]; texts: number }>();
  for (const { id, event, detail, phone } of events) {
    const telling = tellings[event];
    if (!telling) continue;
    const { refundId, reason } = detail;
    // Of each refund once, and not again where a cancellation has told of it.
    if (refundId && (refunds.has(refundId) || toldOtherwise.includes(reason))) continue;
    refunds.add(refundId);
    const { templates, texts } = expected.get(id) ?? { templates: [], texts: 0 };
    const more = telling.byPhone && phone !== null ? 1 : 0;
    expected.set(id, { templates: [...templates, telling.mail], texts: texts + more });
  }
  return expected;
}
