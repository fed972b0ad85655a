import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { SealedContact } from "../../notifications/contacts.ts";
import type { OrderStatus } from "../lifecycle.ts";
import { type Closable, lockClosable } from "../lock-closable.ts";
import type { Adjustment, WantedLine } from "../price-orders.ts";
import { type Difference, differenceOf, isSame } from "./difference.ts";
import { lockToChange, type OrderToChange, priceAnew } from "./read-goods.ts";
import { refuseWhereCopied } from "./refuse-copied.ts";
import type { Goods } from "./write-goods.ts";

export type EditRequest = {
  orderId: string;
  shopId: string;
  /** The order's version that was seen: if it has another now, nothing is changed. */
  version: number;
  /** What takes the place of the order's own; null leaves it. */
  lines: readonly WantedLine[] | null;
  adjustments: readonly Adjustment[] | null;
  contact: SealedContact | null;
  locale: string | null;
  actor: string;
  isGuest: boolean;
};

/** What an edit would do to an order, which stays locked. */
export type EditPlan = {
  order: OrderToChange;
  /** Null where the goods stay as they are. */
  change: { goods: Goods; difference: Difference } | null;
  /** The order's payment, where it awaits one and its goods change. */
  closable: Closable | null;
  /** Its payment: there is none yet, it stays, or another takes its place. */
  payment: "none" | "kept" | "replaced";
};

/**
 * Decides what an edit does, and changes nothing.
 *
 * @throws Refused that says why the order stays as it is, or names each line at fault
 */
export async function planEdit(
  trx: Trx,
  settings: Settings,
  request: EditRequest,
): Promise<EditPlan> {
  const order = await lockToChange(trx, request);
  if (!order) throw new Refused("order_not_found", "There is no such order.");
  if (order.version !== request.version) throw changedMeanwhile(order);
  const wantsGoods = request.lines !== null || request.adjustments !== null;
  refuseFixed(order, wantsGoods);
  // One that rests would be brought back to life by it.
  if (order.status === "rejected") await refuseWhereCopied(trx, order.id);
  if (request.contact && !order.hasContact && !takesContact.includes(order.status)) {
    throw new Refused("contact_erased", "The customer was erased, and stays so.");
  }
  const payment = order.status === "awaiting_payment" ? "kept" : "none";
  const stays: EditPlan = { order, change: null, closable: null, payment };
  if (!wantsGoods) return stays;
  refuseForeignTerms(order, request);
  const goods = await priceAnew(trx, order, request.lines, request.adjustments);
  const difference = differenceOf(order, goods);
  if (isSame(difference)) return stays;
  const change = { goods, difference };
  if (order.status !== "awaiting_payment") return { ...stays, change };
  const [closable = null] = await lockClosable(trx, settings, [order.id]);
  if (closable?.paymentStatus === "processing") throw onItsWay();
  return { order, change, closable, payment: "replaced" };
}

/** As long as nobody has paid, whoever orders may still say who they are. */
const takesContact: readonly OrderStatus[] = ["draft", "reserving", "awaiting_payment"];

function refuseFixed(order: OrderToChange, wantsGoods: boolean): void {
  switch (order.status) {
    case "draft":
    case "reserving":
    case "rejected":
      return;
    case "awaiting_payment":
      if (order.closing) {
        const why = `The order is being closed (${order.closing}). Read it again in a moment.`;
        throw new Refused("order_is_closing", why);
      }
      if (!order.mismatched || !wantsGoods) return;
      throw new Refused(
        "payment_under_review",
        "Money came that does not match. An operator decides.",
      );
    case "paid":
      if (!wantsGoods) return;
      throw new Refused("order_is_paid", "The order is paid: its goods can't be changed any more.");
    case "fulfilling":
    case "completed":
      throw new Refused("order_is_over", "Goods of the order have left: it stays as it is.");
    case "expired":
      throw new Refused("order_expired", "The order has expired. Place a new one.");
    default:
      throw new Refused("order_is_over", `The order is ${order.status}: it stays as it is.`);
  }
}

/** What the shop has granted for these goods, it may not mean for others. */
function refuseForeignTerms({ adjustments }: OrderToChange, { isGuest }: EditRequest): void {
  if (!isGuest || adjustments.length === 0) return;
  throw new Refused(
    "adjustments_need_secret_key",
    "The shop has set shipping, a discount or a tax for these goods: only it can change them.",
    [{ field: "lines", message: "Only with a secret key, since the order has adjustments." }],
  );
}

function changedMeanwhile({ version }: OrderToChange): Refused {
  return new Refused(
    "stale_version",
    `The order has changed since you read it: its version is ${version} now. Read it again.`,
    [{ field: "If-Match", message: `The order's ETag is "${version}" now.` }],
  );
}

function onItsWay(): Refused {
  return new Refused(
    "payment_processing",
    "The customer has paid by a method that takes its time: until that is settled the order " +
      "stays as it is.",
  );
}
