import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import type { SealedContact } from "../../notifications/contacts.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { clockFor } from "../order-clock.ts";
import { remark } from "../remark.ts";
import { openClosing } from "../shut-orders.ts";
import { applyEdits } from "./apply-edits.ts";
import { waitWithEdit } from "./pending-edits.ts";
import { type EditPlan, type EditRequest, planEdit } from "./plan-edit.ts";
import { writeGoods } from "./write-goods.ts";

/**
 * Changes an order: at once where nobody can be paying it, else as soon as its payment is cancelled
 * at Stripe. If the customer is faster, it is paid as it was, and its history says so.
 *
 * @throws Refused that says why the order stays as it is, or names each line at fault
 */
export async function editOrder(
  trx: Trx,
  settings: Settings,
  request: EditRequest,
): Promise<Advanced> {
  const plan = await planEdit(trx, settings, request);
  await setContact(trx, request);
  return plan.change ? await changeGoods(trx, settings, request, plan) : together();
}

async function changeGoods(
  trx: Trx,
  settings: Settings,
  { actor }: EditRequest,
  { order, change, closable }: EditPlan,
): Promise<Advanced> {
  if (!change) return together();
  const { id: orderId, status } = order;
  const { goods, difference } = change;
  if (status === "awaiting_payment") {
    await waitWithEdit(trx, { orderId, goods, difference, actor });
    if (closable?.paymentId || closable?.starting) {
      return await openClosing(trx, settings, [closable], { closing: "edited" }, actor);
    }
    return await applyEdits(trx, settings, [orderId]);
  }
  await writeGoods(trx, [{ orderId, goods }]);
  const detail = { ...difference };
  if (status === "rejected") {
    return await advance(trx, settings, "redrafted", [{ orderId, detail }], actor);
  }
  await remark(trx, [{ orderId, event: "draft_edited", detail }], actor);
  if (status === "draft") await renewDraft(trx, settings, orderId);
  return { moved: [], hints: [], noted: [{ orderId, order: order.number, event: "draft_edited" }] };
}

/** Who goes on with a draft keeps it. */
async function renewDraft(trx: Trx, settings: Settings, orderId: string): Promise<void> {
  const { expiresAt, dueAt } = clockFor("draft", settings);
  await sql`
    UPDATE orders SET expires_at = ${expiresAt}, due_at = ${dueAt}, round = 0, sweeps = 0
    WHERE id = ${orderId}::uuid`.execute(trx);
}

/** Says in the history that somebody else is told from now on, never who. */
async function setContact(
  trx: Trx,
  { orderId, contact, locale, actor }: EditRequest,
): Promise<void> {
  if (contact) await writeContact(trx, orderId, contact);
  if (locale) {
    await sql`UPDATE orders SET locale = ${locale} WHERE id = ${orderId}::uuid`.execute(trx);
  }
  if (contact || locale) await remark(trx, [{ orderId, event: "contact_changed" }], actor);
}

async function writeContact(trx: Trx, orderId: string, contact: SealedContact): Promise<void> {
  const { keyId, sealed, emailHash, phoneHash } = contact;
  await sql`
    INSERT INTO order_contacts (order_id, key_id, sealed, email_hash, phone_hash)
    VALUES (${orderId}::uuid, ${keyId}, ${sealed}, ${emailHash}, ${phoneHash})
    ON CONFLICT (order_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
      email_hash = excluded.email_hash, phone_hash = excluded.phone_hash`.execute(trx);
}
