import type { MailFate } from "./sendgrid/mail-events.ts";
import type { RateLimit } from "./stripe/traffic.ts";

/** Switches that are set through the control API, outlive a restart, and end with a reset. */
export type Switches = {
  id: "switches";
  /** The card that every new intent is paid with. */
  autoPay: string | null;
  webhooks: boolean;
  /** How a new refund begins. */
  refundStatus: "succeeded" | "pending" | "requires_action";
  /** A charge's balance transaction appears when it is told to, and not with the charge. */
  feesLater: boolean;
  /** So many deliveries to come get lost while Stripe believes that they arrived. */
  loseNext: number;
  /** How long after its creation an intent is paid by itself. */
  autoPayDelayMs: number;
  /** The next customer's card behaves as this one, whichever they use. */
  nextCard: string | null;
  /** How far the stand-ins' clock is ahead of the machine's. */
  clockAheadMs: number;
  /** Whose keys Aurora seems to have. */
  account: string;
  rateLimit: RateLimit | null;
  /** Signs in the place of the secrets that the sandbox was started with. */
  signingSecrets: string[] | null;
  /** What becomes of mails, of all or of those to one address; null: they are delivered. */
  mailFate: { fate: MailFate; to: string | null } | null;
  /** Text messages are taken and not delivered: to any number, or to one. */
  smsLost: { to: string | null } | null;
};

export const initialSwitches: Switches = {
  id: "switches",
  autoPay: null,
  webhooks: true,
  refundStatus: "succeeded",
  feesLater: false,
  loseNext: 0,
  autoPayDelayMs: 0,
  nextCard: null,
  clockAheadMs: 0,
  account: "acct_1AuroraSandbox0",
  rateLimit: null,
  signingSecrets: null,
  mailFate: null,
  smsLost: null,
};
