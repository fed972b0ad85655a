/** What --help shows. */
export const usage = `npm run orders -- COMMAND [ORDER] [OPTIONS]

ORDER is an order's number, such as 4Q7K-9M2X-P0TZ, or its id.

What there is:
  list [--status STATUS] [--limit 20]   the newest orders and what is the matter with them
  show ORDER                            all that is known of one, Stripe's record beside ours
  problems [--code CODE] [--older-than 15m]
                                        the orders that need a person
  search WORDS                          a number, id, e-mail, phone, Stripe id, SKU, message id

What can be done. Each says with --dry-run what it would do, and the command that does it; that
needs --reason and --if-match:
  check ORDER                           read Stripe and apply what it says
  retry ORDER                           the same, a new payment if need be, then the pay link
  set-status ORDER cancelled|expired|paid [--refund full|none] [--reference TEXT]
                                        paid: by other means than Stripe, found under --reference
  resend ORDER MESSAGE [--channel email|sms]
  refund ORDER [--payment ID] [--amount-minor N] [--why damaged] [--note TEXT]
  cancel ORDER [--refund full|none]
  release ORDER                         end an unpaid order now
  extend ORDER MINUTES                  hold its goods longer
  again ORDER                           place an order that is over anew, with a pay link
  tell ORDER DELIVERY                   tell another system of an event of it once more
  settle ORDER                          it is dealt with: off the list of problems
  replay EVENT                          look at one of Stripe's events anew
  requeue QUEUE JOB                     try a failed job again

Options:
  --dry-run         change nothing, and need nothing of the following
  --reason TEXT     why, for the audit: 3 to 500 characters
  --if-match N      the order's version that you saw: if it has another now, nothing is done
  --key TEXT        an idempotency key of 20 characters or more: the same key acts once
  --as NAME         the operator who acts, with what their role may; else cli:<user>, as admin
  --json            one JSON value instead of a table

Exit codes: 0 done, 1 failed, 2 called wrongly, 3 the order does not allow it, 4 the order has
changed meanwhile, 5 not found, 6 there are problems (of the command problems).`;
