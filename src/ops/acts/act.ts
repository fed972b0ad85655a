import type { z } from "zod";
import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import type { Log } from "../../log.ts";
import type { ContactSafe } from "../../notifications/contacts.ts";
import type { LinkTo } from "../../notifications/message-facts.ts";
import type { Advanced } from "../../orders/advance.ts";
import type { Ownership } from "../../orders/paying/judge-intent.ts";
import type { PaymentReads, ProviderEvent } from "../../payments/gateway.ts";
import type { Hints } from "../../queues/hints.ts";
import type { Role } from "../access/roles.ts";
import type { OrderFacts } from "../facts/facts.ts";

/** What operators can do to an order. */
export const actNames = [
  "check",
  "retry_payment",
  "set_status",
  "resend",
  "refund",
  "cancel",
  "release_hold",
  "extend_hold",
  "replay_webhook",
  "replay_delivery",
  "requeue_job",
  "order_again",
  "settle",
] as const;
export type ActName = (typeof actNames)[number];

/** What an act would do, said from the facts alone. */
export type Plan =
  | { possible: true; effects: string[] }
  /** `because` says what to do instead. */
  | { possible: false; code: string; because: string };

export type ActMeans = {
  db: Db;
  settings: Settings;
  hints: Hints;
  log: Log;
  /** Operators' processes read Stripe and never write there: the payment worker does. */
  gateway: PaymentReads;
  /**
   * Whose objects at Stripe are ours. It is read where it is needed, not when web boots, and by the
   * connection at hand: one that holds locks must not wait for another.
   */
  ownership: (db: Db) => Promise<Ownership>;
  contacts: ContactSafe;
  linkTo: LinkTo;
  /** Reads a stored webhook's body with what the code knows today. */
  reread: (body: Buffer) => ProviderEvent;
  /** For keyed hashes of requests. */
  serverKey: string;
  isRedisReady: () => boolean;
};

/** Who does it, why, and under which key. */
type ActCall<Input> = {
  orderId: string;
  input: Input;
  /** Such as ops:ann. */
  actor: string;
  reason: string;
  idempotencyKey: string;
};

/** What an act did: a sentence for people, and what scripts want to know. */
export type Done = Advanced & {
  sentence: string;
  /** What it was done to where the order alone does not say it: a message, an event, a job. */
  subject?: string;
  outcome: Record<string, unknown>;
  /** What is to be done outside PostgreSQL, after COMMIT; the rows' clocks do it otherwise. */
  afterCommit?: (() => Promise<void>) | undefined;
};

/**
 * One thing that operators do. `plan` says from the facts what it would do; `perform` does it in
 * the transaction that puts it on record, with the order locked and at the version that the
 * facts were read at. What `plan` refuses is never performed.
 */
export type Act<Input extends Record<string, unknown> = Record<string, unknown>> = {
  name: ActName;
  /** As a button says it. */
  title: string;
  /** What it is for, in one sentence. */
  summary: string;
  /** The least role that may do it in any form; `role` says it of what is wished. */
  leastRole: Role;
  role(input: Input): Role;
  /** Where what the order is decides, too: the least role for this of this order. */
  roleHere?(facts: OrderFacts, input: Input): Role;
  input: z.ZodType<Input>;
  plan(facts: OrderFacts, input: Input): Plan;
  /** True where Stripe must have been asked just before, and where the queues must. */
  asksStripe?: boolean;
  asksQueues?: boolean;
  perform(trx: Trx, means: ActMeans, call: ActCall<Input>, facts: OrderFacts): Promise<Done>;
};

export function possible(...effects: string[]): Plan {
  return { possible: true, effects };
}

export function impossible(code: string, because: string): Plan {
  return { possible: false, code, because };
}
