/** What a diagnosis is called, and what the handbook of the shops says about it. */
type Entry = { title: string; handbook: string };

/**
 * What can be the matter with an order, the most serious first. Where several things are true of
 * an order, the first of them is its diagnosis.
 */
export const diagnoses = {
  two_payments: {
    title: "Paid twice",
    handbook: "The second payment goes back by itself. Look where it could not.",
  },
  amount_mismatch: {
    title: "Another amount was paid",
    handbook: "Money came that does not fit the order. Give it back, or book what was agreed.",
  },
  foreign_payment: {
    title: "A payment that is not this order's",
    handbook: "Stripe shows a payment under this order that Aurora did not make. Find out whose.",
  },
  refunded_at_stripe: {
    title: "Given back in Stripe's dashboard",
    handbook: "Somebody gave the money back at Stripe before the order was paid here. Ask them.",
  },
  paid_webhook_failed: {
    title: "Paid: the confirmation came, the status was not updated",
    handbook: "Stripe told us, and our work on it failed. Check in Stripe applies it at once.",
  },
  paid_webhook_missing: {
    title: "Paid at Stripe, and no word of it here",
    handbook: "Stripe's confirmation never came. Check in Stripe applies it at once.",
  },
  payment_missing_at_stripe: {
    title: "Stripe does not know the payment",
    handbook:
      "Our key or account at Stripe was exchanged, or the payment never was. Retry payment.",
  },
  refund_failed: {
    title: "A refund failed",
    handbook: "Refund it again. If it went back by other means, an admin says how as they mark it.",
  },
  refund_stuck: {
    title: "A refund does not come through",
    handbook: "It is asked for again each hour. Look at its reason, such as a balance too low.",
  },
  dispute_open: {
    title: "The customer's bank disputes the payment",
    handbook: "Answer in Stripe's dashboard before the date is over: Aurora sees it there.",
  },
  dispute_closed: {
    title: "A dispute is over",
    handbook: "See whether the money is kept or lost, then settle it here.",
  },
  writes_stopped: {
    title: "Nothing may be written to Stripe",
    handbook: "The database or the keys are others than before. See: npm run installation.",
  },
  sold_out_while_paying: {
    title: "Sold out while the customer paid",
    handbook: "The money goes back in full, with an apology. Nothing is to be done.",
  },
  late_money: {
    title: "Money came after the order had ended",
    handbook: "It goes back in full, with an apology. Nothing is to be done.",
  },
  payment_cancelled_at_stripe: {
    title: "The payment was cancelled at Stripe, again and again",
    handbook: "Find out who cancels it in Stripe's dashboard, then retry payment.",
  },
  payment_refused: {
    title: "Stripe refuses the payment for good",
    handbook: "The customer can't pay this order. Read Stripe's reason, then retry payment.",
  },
  hold_overdue: {
    title: "Stock is held past its time",
    handbook: "The order should have ended. Release the hold: Stripe is asked first.",
  },
  stripe_unreachable: {
    title: "Stripe does not answer",
    handbook: "Nothing is lost: Aurora asks on by itself. Look at Stripe's own status page.",
  },
  job_failed: {
    title: "A job failed for good",
    handbook: "It is tried again each hour. Read its reason; once that is mended, requeue the job.",
  },
  books_differ: {
    title: "Stripe's books and ours differ",
    handbook: "The comparison could not settle it yet, and tries each hour. Read its reason.",
  },
  stock_not_reserved: {
    title: "The stock is not reserved yet",
    handbook: "It takes a moment. When it takes longer, look whether the reservation worker runs.",
  },
  payment_not_started: {
    title: "The payment was not started",
    handbook: "It takes a moment. When it takes longer, look whether the payment worker runs.",
  },
  mail_failed: {
    title: "A mail could not be sent",
    handbook:
      "A refused address is refused again: send it by SMS, or call the customer and mark it.",
  },
  sms_failed: {
    title: "An SMS could not be sent",
    handbook: "A refused number is refused again: send it by e-mail.",
  },
  message_undelivered: {
    title: "A message did not reach the customer",
    handbook: "It left, and came back. Send it again by the other way, or call the customer.",
  },
  message_late: {
    title: "A message is late",
    handbook: "The order itself is right. The message is sent as soon as the supplier answers.",
  },
  webhook_out_failing: {
    title: "Another system does not hear of it",
    handbook:
      "The order itself is right. Look at the endpoint under Webhooks, Out; once its server " +
      "answers, tell it again.",
  },
  attention_other: {
    title: "Flagged for a person",
    handbook: "Look at the order's history for what was flagged, then settle it.",
  },
  refund_under_way: {
    title: "Money is on its way back",
    handbook: "Banks take some days. Nothing is to be done.",
  },
  closing_under_way: {
    title: "The order is being closed or changed",
    handbook: "Stripe is asked to shut the payment first. It ends, or changes, by itself.",
  },
  payment_processing: {
    title: "The money is on its way",
    handbook: "The customer's bank takes its time. Aurora waits for it by itself.",
  },
  authentication_open: {
    title: "The customer has to confirm at their bank",
    handbook: "3-D Secure is open. It ends by itself when the hold does.",
  },
  declined: {
    title: "The payment was declined",
    handbook: "The customer may try again, with another card, until the hold ends.",
  },
  waiting_for_customer: {
    title: "The customer has not paid yet",
    handbook: "Nothing is wrong. The order ends by itself when its time is over.",
  },
  draft_open: {
    title: "Not ordered yet",
    handbook: "A draft. It ends by itself when nobody goes on with it.",
  },
  out_of_stock: {
    title: "Out of stock",
    handbook: "The order was turned down, and the customer was told. No money moved.",
  },
  expired: {
    title: "Not paid in time",
    handbook: "The goods are free again. Order again makes a new order with a link to pay.",
  },
  cancelled: {
    title: "Cancelled",
    handbook: "The goods are free again, and what was agreed about the money stands there.",
  },
  nothing_wrong: {
    title: "Nothing is wrong",
    handbook: "Paid and told.",
  },
} as const satisfies Record<string, Entry>;

/** What is the matter with an order, in one of so many words. */
export type DiagnosisCode = keyof typeof diagnoses;
export const diagnosisCodes = Object.keys(diagnoses) as DiagnosisCode[];
