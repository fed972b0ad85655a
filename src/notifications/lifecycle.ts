/**
 * The life of a message. `sending` is on record before the supplier is asked, so that a
 * message whose outcome is unknown is known to be so.
 */
export const messageStatuses = ["pending", "sending", "sent", "failed", "dropped"] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Which job the clock (`due_at`) wakes for a message, or that it rests. */
export const messageClocks = {
  pending: { wakes: "notification/send_message" },
  sending: { wakes: "notification/send_message" },
  sent: "rests",
  failed: "rests",
  dropped: "rests",
} as const satisfies Record<MessageStatus, "rests" | { wakes: `${string}/${string}` }>;

export const messageTemplates = [
  "order_paid",
  "order_rejected",
  "order_expired",
  "order_cancelled",
  "order_shipped",
  "lines_cancelled",
  "order_refunded",
  "payment_problem",
  "pay_link",
] as const;
/** They ask the customer to pay: nobody gets one whose order can't be paid any more. */
export const payingTemplates: readonly string[] = [
  "payment_problem",
  "pay_link",
] satisfies (typeof messageTemplates)[number][];
export type MessageTemplate = (typeof messageTemplates)[number];

/** What staff gets: word of an event by a rule, or of problems to those on call. */
const staffTemplates = ["staff_notice", "on_call"] as const;
export type StaffTemplate = (typeof staffTemplates)[number];

/**
 * What becomes of a message after its supplier has taken it. Reports come in any order: a later
 * state of this list is never undone by an earlier one. A mail that was delivered may still come
 * back, and whoever gets it may call it spam.
 */
export const deliveries = [
  "accepted",
  "deferred",
  "delivered",
  "undelivered",
  "dropped",
  "bounced",
  "reported_as_spam",
] as const;
export type Delivery = (typeof deliveries)[number];

/** Nobody has got the message, and nobody will. */
export const lostDeliveries: readonly Delivery[] = ["undelivered", "dropped", "bounced"];
export type Channel = "email" | "sms";
