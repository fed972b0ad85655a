import { createHash } from "node:crypto";
import { Refused, reasonOf } from "../../errors.ts";
import { semaphore } from "../../queues/semaphore.ts";
import type { ActMeans, ActName } from "./act.ts";
import { type Performer, readWish } from "./act-request.ts";
import type { OrderState } from "./order-state.ts";
import { type ActAnswer, perform } from "./perform.ts";
import { OrderChanged } from "./stale-order.ts";

/** The same act on many orders, each with the version that the operator saw. */
export type BulkRequest = {
  act: ActName;
  orders: readonly { id: string; version: number | null }[];
  input: unknown;
  reason: string;
  idempotencyKey: string;
  dryRun: boolean;
};

/** What came of it for one of the orders. */
export type BulkRow = {
  orderId: string;
  number: string | null;
  result: "done" | "possible" | "refused" | "changed" | "failed";
  code: string | null;
  /** What was done or would be, or why it was not. */
  sentence: string;
  order: OrderState | null;
};

/** A page of problems has no more. */
export const mostOrders = 200;
/** So many at a time: acts that ask Stripe share its rate with the workers. */
const atATime = 2;

/**
 * Does one act to many orders, each by itself: what is refused or fails for one of them stops no
 * other, and one that is named twice is done once. Each has a key of its own, so that the whole may
 * be asked for again.
 */
export async function performMany(
  means: ActMeans,
  performer: Performer,
  request: BulkRequest,
): Promise<BulkRow[]> {
  const { act, input, reason, idempotencyKey, dryRun } = request;
  readWish(performer, request);
  const orders = [...new Map(request.orders.map((order) => [order.id.toLowerCase(), order]))];
  if (orders.length === 0 || orders.length > mostOrders) {
    const message = `Name 1 to ${mostOrders} orders.`;
    throw new Refused("invalid_act", message, [{ field: "orders", message }]);
  }
  const inTurn = semaphore(atATime);
  return await Promise.all(
    orders.map(([id, { version }]) =>
      inTurn(async (): Promise<BulkRow> => {
        const key = keyOf(idempotencyKey, id);
        const one = { act, order: id, input, reason, dryRun, ifMatch: version };
        try {
          const answer = await perform(means, performer, { ...one, idempotencyKey: key });
          return rowOf(id, answer);
        } catch (error) {
          return failedRow(id, error);
        }
      }),
    ),
  );
}

/** An order's own key in the whole: as long as a key may be, whatever both are. */
function keyOf(idempotencyKey: string, orderId: string): string {
  return createHash("sha256").update(`${idempotencyKey} ${orderId}`).digest("hex");
}

function rowOf(orderId: string, answer: ActAnswer): BulkRow {
  const { order } = answer;
  const about = { orderId, number: order?.number ?? null, order };
  if (answer.kind === "done") {
    return { ...about, result: "done", code: null, sentence: answer.sentence };
  }
  const { plan } = answer;
  return plan.possible
    ? { ...about, result: "possible", code: null, sentence: plan.effects.join(" ") }
    : { ...about, result: "refused", code: plan.code, sentence: plan.because };
}

function failedRow(orderId: string, error: unknown): BulkRow {
  if (error instanceof OrderChanged) {
    const { diagnosis: _, ...order } = error.present;
    const { number } = order;
    const { code, message: sentence } = error;
    return { orderId, number, result: "changed", code, sentence, order };
  }
  const about = { orderId, number: null, order: null, sentence: reasonOf(error) };
  if (error instanceof Refused) return { ...about, result: "refused", code: error.code };
  return { ...about, result: "failed", code: "failed" };
}
