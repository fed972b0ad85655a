import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import { databaseError, type Trx } from "../../db/transaction.ts";
import { readKin } from "../../orders/kin.ts";
import type { PaymentReads } from "../../payments/gateway.ts";
import { orderNamed } from "../../payments/replay-events.ts";
import type { Hints } from "../../queues/hints.ts";
import { askStripe } from "./ask-stripe.ts";
import { readDeliveries } from "./delivery-facts.ts";
import type { OrderFacts } from "./facts.ts";
import { lookUpJobs } from "./look-up-jobs.ts";
import { readMoney } from "./read-money.ts";
import { readCourses, readOrders } from "./read-orders.ts";

export type FactsMeans = {
  db: Db;
  settings: Pick<Settings, "HOLD_MAX_MINUTES">;
  /** Without these, Stripe and the queues are not asked, whatever is wished. */
  gateway?: PaymentReads | undefined;
  hints?: Hints | undefined;
};

/** What is asked besides our own tables. */
export type FactsWishes = { stripe: boolean; jobs: boolean };

/** Everything that is known of the order with this id or number; null when there is none. */
export async function collectFacts(
  means: FactsMeans,
  order: string,
  wishes: FactsWishes,
): Promise<OrderFacts | null> {
  const { db, gateway, hints } = means;
  const id = await orderNamed(db, order);
  const [facts] = id === null ? [] : await collectMany(means, [id]);
  if (!facts) return null;
  const [jobs, stripe, kin] = await Promise.all([
    wishes.jobs && hints ? lookUpJobs(hints, facts) : null,
    wishes.stripe && gateway ? askStripe(db, gateway, facts.payments) : facts.stripe,
    readKin(db, [facts.order.id]),
  ]);
  return { ...facts, jobs, stripe, kin };
}

/**
 * What our own tables know of many orders, all as of one moment; in the order of the ids. Nobody
 * else is asked.
 */
export async function collectMany(
  { db, settings }: Pick<FactsMeans, "db" | "settings">,
  orderIds: readonly string[],
): Promise<OrderFacts[]> {
  if (orderIds.length === 0) return [];
  const moment = db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
  try {
    return await moment.execute((trx) => readFacts(trx, orderIds, settings));
  } catch (error) {
    throw databaseError(error);
  }
}

async function readFacts(
  trx: Trx,
  ids: readonly string[],
  settings: FactsMeans["settings"],
): Promise<OrderFacts[]> {
  const orders = new Map((await readOrders(trx, ids)).map((row) => [row.order.id, row]));
  const courses = await readCourses(trx, ids);
  const money = await readMoney(trx, ids);
  const deliveries = await readDeliveries(trx, ids);
  return ids.flatMap((id): OrderFacts[] => {
    const row = orders.get(id);
    if (!row) return [];
    return [
      {
        ...row,
        events: courses.events(id),
        payments: money.payments(id),
        refunds: money.refunds(id),
        disputes: money.disputes(id),
        holds: courses.holds(id),
        messages: courses.messages(id),
        staffMessages: courses.staffMessages(id),
        deliveries: deliveries(id),
        inbox: money.inbox(id),
        breaks: money.breaks(id),
        acts: courses.acts(id),
        kin: null,
        jobs: null,
        stripe: { state: "not_asked" },
        holdMaxMinutes: settings.HOLD_MAX_MINUTES,
      },
    ];
  });
}
