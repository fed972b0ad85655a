import type { EditRefusal } from "../../src/orders/edits/pending-edits.ts";
import type { Job } from "./books.ts";
import type { OrderRow } from "./memory-rows.ts";
import { leaseSeconds, priceMinor, type Tables } from "./memory-tables.ts";

const openStatuses: readonly string[] = ["pending", "action_required", "processing"];

/** Somebody wants another quantity; where that is refused, nothing happens. */
export function editOrder(tables: Tables, order: OrderRow, quantity: number): Job[] {
  if (order.quantity === quantity) return [];
  switch (order.status) {
    case "reserving":
      put(order, quantity);
      tables.remark(order.id, "draft_edited");
      return [];
    case "rejected":
      put(order, quantity);
      tables.advance("redrafted", order.id);
      return tables.advance("checked_out", order.id);
    case "awaiting_payment":
      return editPayable(tables, order, quantity);
    default:
      return [];
  }
}

function editPayable(tables: Tables, order: OrderRow, quantity: number): Job[] {
  const payments = tables.paymentsOf(order.id);
  const isUnderReview = payments.some(({ status }) => status === "captured");
  const isOnItsWay = payments.some(
    ({ status, secretStored }) => secretStored && status === "processing",
  );
  if (order.closing !== null || isUnderReview || isOnItsWay) return [];
  order.edit = quantity;
  if (!mayBePaid(tables, order)) return applyEdit(tables, order);
  tables.remark(order.id, "closing", { closing: "edited" });
  Object.assign(order, { closing: "edited", dueAt: tables.now + leaseSeconds });
  return [{ kind: "close_order", id: order.id }];
}

/** Somebody has a secret, or Stripe is about to make one. */
export function mayBePaid(tables: Tables, order: OrderRow): boolean {
  return tables
    .paymentsOf(order.id)
    .some(({ status, secretStored, askedAt }) =>
      status === "created" ? askedAt !== null : secretStored && openStatuses.includes(status),
    );
}

/** Nobody can pay it any more: it becomes what was wanted, and looks for its stock. */
export function applyEdit(tables: Tables, order: OrderRow): Job[] {
  if (order.edit === null) return [];
  put(order, order.edit);
  order.edit = null;
  return tables.advance("edited", order.id);
}

/** It stays as it was, and can be paid again where it awaits that. */
export function refuseEdit(tables: Tables, order: OrderRow, because: EditRefusal): void {
  if (order.edit === null) return;
  order.edit = null;
  if (order.status === "awaiting_payment" && order.closing === "edited") {
    Object.assign(order, { closing: null, dueAt: order.expiresAt });
  }
  tables.remark(order.id, "edit_refused", { because });
}

function put(order: OrderRow, quantity: number): void {
  Object.assign(order, { quantity, totalMinor: quantity * priceMinor });
}
