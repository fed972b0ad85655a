import { z } from "zod";
import { payingTemplates } from "../../notifications/lifecycle.ts";
import { channelsOf } from "../../notifications/messages.ts";
import { resendMessage } from "../../orders/operators/resend-message.ts";
import type { MessageFact, OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { payLinkStanding } from "./standing.ts";

const input = z.strictObject({
  messageId: z.uuid("Must be a message's id, a UUID.").meta({ title: "Message" }),
  channel: z
    .enum(["email", "sms"], "Must be email or sms.")
    .optional()
    .meta({ title: "Channel", description: "Left out: the way that it went before." }),
});
type Input = z.output<typeof input>;

/** Sends a message once more: a new row that points to the old one. */
export const resend: Act<Input> = {
  name: "resend",
  title: "Send again",
  summary: "Sends a message to the customer once more.",
  leastRole: "operator",
  role: () => "operator",
  input,
  plan: planResend,
  async perform(trx, { settings }, { orderId, actor, input }): Promise<Done> {
    const { messageId: newId, ...advanced } = await resendMessage(trx, settings, {
      ...{ orderId, actor, messageId: input.messageId, channel: input.channel ?? null },
    });
    const outcome = { messageId: newId, resendOf: input.messageId };
    return {
      ...advanced,
      sentence: "The message is sent again.",
      subject: input.messageId,
      outcome,
    };
  },
};

function planResend({ now, order, messages }: OrderFacts, { messageId, channel }: Input): Plan {
  const message = messages.find(({ id }) => id === messageId);
  if (!message) {
    return impossible("message_not_found", "This order has no such message. Look at its messages.");
  }
  if (order.contact === null) {
    return impossible("contact_erased", "The customer was erased: nobody is left to write to.");
  }
  const way = channel ?? message.channel;
  if (!channelsOf[message.template].includes(way)) {
    const because = `This message does not go by ${way}. Send it by mail.`;
    return impossible("channel_not_offered", because);
  }
  if (way === "sms" && !order.hasPhone) {
    return impossible("no_phone", "The customer left no telephone number. Send it by mail.");
  }
  const isPayable = order.status === "awaiting_payment" && order.closing === null;
  if (payingTemplates.includes(message.template) && !isPayable) {
    const because = "The order can't be paid any more: nobody is asked to.";
    return impossible("not_payable", because);
  }
  if (isOnItsWay(message, messages, way)) {
    return impossible(
      "message_on_its_way",
      "The message is still on its way: Aurora tries by itself until it is sent or given up.",
    );
  }
  const tooSoon = message.template === "pay_link" ? payLinkStanding({ now, messages }) : null;
  if (tooSoon) return tooSoon;
  const what = message.template.replaceAll("_", " ");
  const by = way === "sms" ? "SMS" : "mail";
  return possible(`The message "${what}" goes to the customer again, by ${by}.`);
}

function isOnItsWay(message: MessageFact, all: readonly MessageFact[], way: string): boolean {
  const isUnderWay = ({ status }: MessageFact) => status === "pending" || status === "sending";
  const originId = message.resendOf ?? message.id;
  const chain = all.filter(({ id, resendOf }) => id === originId || resendOf === originId);
  const others = chain.filter(({ channel }) => channel === way);
  return isUnderWay(message) || others.some(isUnderWay);
}
