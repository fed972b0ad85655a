import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../../config.ts";
import { leased } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import {
  type Channel,
  type MessageStatus,
  type MessageTemplate,
  payingTemplates,
} from "../../notifications/lifecycle.ts";
import { channelsOf } from "../../notifications/messages.ts";
import type { Advanced } from "../advance.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockOrder, note, type OrderInHand } from "./lock-order.ts";
import { findPayLinkRefusal } from "./pay-link-limit.ts";

export type Resending = ActOn & {
  messageId: string;
  /** Null: the way that it went before. */
  channel: Channel | null;
};

type Message = {
  /** The first of its chain: what it says is read from there. */
  originId: string;
  seq: number;
  template: MessageTemplate;
  channel: Channel;
  status: MessageStatus;
  hasContact: boolean;
  hasPhone: boolean;
};

/** Sends a message once more: a new row that points to the first one and tells of the same. */
export async function resendMessage(
  trx: Trx,
  settings: Settings,
  { orderId, messageId, channel, actor }: Resending,
): Promise<{ messageId: string } & Advanced> {
  const order = await lockOrder(trx, orderId);
  const message = await findMessage(trx, orderId, messageId);
  const way = channel ?? message.channel;
  await refuse(trx, order, message, way);
  const tooSoon = message.template === "pay_link" ? await findPayLinkRefusal(trx, orderId) : null;
  if (tooSoon) throw tooSoon;
  const id = uuidv7();
  const { originId, seq, template } = message;
  await sql`
    INSERT INTO notifications (id, order_id, seq, template, channel, resend_of, due_at)
    VALUES (${id}::uuid, ${orderId}::uuid, ${seq}::integer, ${template}, ${way},
      ${originId}::uuid, ${leased(settings)})`.execute(trx);
  const detail = { messageId: id, resendOf: originId, template, channel: way };
  await remark(trx, [{ orderId, event: "message_resent", detail }], actor);
  const place = { id, version: 1, round: 0, order: order.number };
  return {
    messageId: id,
    moved: [],
    hints: [{ queue: "notification", kind: "send_message", ...place }],
    noted: note(order, "message_resent"),
  };
}

async function findMessage(trx: Trx, orderId: string, messageId: string): Promise<Message> {
  const { rows } = await sql<Message>`
    SELECT coalesce(resend_of, n.id) AS "originId", seq, template, channel, status,
      c.order_id IS NOT NULL AS "hasContact", c.phone_hash IS NOT NULL AS "hasPhone"
    FROM notifications AS n LEFT JOIN order_contacts AS c USING (order_id)
    WHERE n.id = ${messageId}::uuid AND order_id = ${orderId}::uuid
      AND recipient = 'customer'`.execute(trx);
  if (rows[0]) return rows[0];
  throw new Refused("message_not_found", "This order has no such message. Look at its messages.");
}

async function refuse(
  trx: Trx,
  { status, closing }: OrderInHand,
  { originId, template, hasContact, hasPhone, ...message }: Message,
  way: Channel,
): Promise<void> {
  if (!hasContact) {
    throw new Refused("contact_erased", "The customer was erased: nobody is left to write to.");
  }
  if (!channelsOf[template].includes(way)) {
    const say = `This message does not go by ${way}. Send it by mail.`;
    throw new Refused("channel_not_offered", say, [{ field: "channel", message: say }]);
  }
  if (way === "sms" && !hasPhone) {
    throw new Refused("no_phone", "The customer left no telephone number. Send it by mail.");
  }
  const isPayable = status === "awaiting_payment" && closing === null;
  if (payingTemplates.includes(template) && !isPayable) {
    throw new Refused("not_payable", "The order can't be paid any more: nobody is asked to.");
  }
  const { rows } = await sql`
    SELECT FROM notifications
    WHERE (id = ${originId}::uuid OR resend_of = ${originId}::uuid) AND channel = ${way}
      AND status IN ('pending', 'sending') LIMIT 1`.execute(trx);
  if (rows.length > 0 || message.status === "pending" || message.status === "sending") {
    throw new Refused(
      "message_on_its_way",
      "The message is still on its way: Aurora tries by itself until it is sent or given up.",
    );
  }
}
