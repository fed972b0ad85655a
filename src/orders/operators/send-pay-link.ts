import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { writeMessages } from "../../notifications/messages.ts";
import type { Advanced } from "../advance.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockPayable, note } from "./lock-order.ts";
import { findPayLinkRefusal } from "./pay-link-limit.ts";

/**
 * Sends the customer the link by which the order can be paid, by mail and, if possible, by SMS.
 *
 * @throws Refused where the last link is too young, or there were too many
 */
export async function sendPayLink(
  trx: Trx,
  settings: Settings,
  { orderId, actor }: ActOn,
): Promise<Advanced> {
  const order = await lockPayable(trx, orderId, "its pay link can be sent");
  const refusal = await findPayLinkRefusal(trx, orderId);
  if (refusal) throw refusal;
  const [seq = 0] = await remark(trx, [{ orderId, event: "pay_link_sent" }], actor);
  const fact = { id: orderId, number: order.number, version: seq };
  const hints = await writeMessages(trx, [fact], "pay_link", settings);
  return { moved: [], hints, noted: note(order, "pay_link_sent") };
}
