import { Refused } from "../../src/errors.ts";
import type { SeenDispute } from "../../src/payments/dispute.ts";
import type { NewIntent, NewRefund } from "../../src/payments/gateway.ts";
import type { Intent } from "../../src/payments/intent.ts";
import type { EventTopic } from "../../src/payments/lifecycle.ts";
import type { SeenRefund } from "../../src/payments/refund.ts";
import { plainIntent } from "../support/plain-intent.ts";
import { StripeKeys } from "./stripe-keys.ts";

/** Something happened at Stripe: an event that a webhook or the cursor may tell of. */
export type News = { id: string; topic: EventTopic; intentId: string; paymentId: string };

/** What Stripe keeps of each payment, and takes for each dispute, in minor units. */
const paymentFee = 1;
const disputeFee = 3;

/** All that a customer, a bank or another hand can do, and that Aurora does not decide. */
export class TinyStripe {
  seconds = 0;
  readonly intents = new Map<string, Intent>();
  readonly refunds: SeenRefund[] = [];
  readonly disputes: SeenDispute[] = [];
  readonly news: News[] = [];
  readonly #keys = new StripeKeys();
  readonly #run: string;
  #count = 0;

  /** `run` keeps the names of several runs' objects apart. */
  constructor(run = "1") {
    this.#run = run;
  }

  /** The same key makes nothing new, for a day. */
  create(wanted: NewIntent): { intent: Intent; replayed: boolean } {
    const known = this.#keys.find(`${wanted.paymentId}-${wanted.tryNumber}`, this.seconds);
    if (known.id) return { intent: this.read(known.id), replayed: true };
    const id = this.#name("pi");
    known.id = id;
    const { paymentId, orderId, installation, amountMinor, currency } = wanted;
    this.intents.set(id, {
      ...{ id, status: "needs_payment", amountMinor, currency, capturedMinor: 0, livemode: false },
      ...{ clientSecret: `${id}_secret`, orderId, paymentId, installation },
      ...plainIntent(),
    });
    return { intent: this.read(id), replayed: false };
  }

  /** As the product's adapter does it: cancels what can be cancelled, and reads the rest. */
  cancel(intentId: string): Intent {
    if (this.isOpen(intentId)) this.#become(intentId, { status: "cancelled" });
    return this.read(intentId);
  }

  read(intentId: string): Intent {
    return { ...this.#intent(intentId) };
  }

  find(paymentId: string): Intent | null {
    const found = [...this.intents.values()].find((intent) => intent.paymentId === paymentId);
    return found ? { ...found } : null;
  }

  isOpen(intentId: string): boolean {
    const { status } = this.#intent(intentId);
    return status === "needs_payment" || status === "needs_action";
  }

  /** The customer's turn, and that of the bank behind them. */
  decline(intentId: string): void {
    const decline = { chargeId: this.#name("ch"), code: "card_declined", declineCode: null };
    const declines = [...this.#intent(intentId).declines, decline];
    this.#become(intentId, { status: "needs_payment", method: "card", declines });
  }

  ask(intentId: string): void {
    this.#become(intentId, { status: "needs_action", method: "card" });
  }

  putOnItsWay(intentId: string): void {
    this.#become(intentId, { status: "processing", method: "card" });
  }

  capture(intentId: string, missingMinor = 0): void {
    const capturedMinor = this.#intent(intentId).amountMinor - missingMinor;
    const fee = { amountMinor: paymentFee, currency: "gbp" };
    this.#become(intentId, { status: "captured", capturedMinor, fee, method: "card" });
  }

  createRefund({ key, intentId, amountMinor, refundId, installation }: NewRefund): void {
    const known = this.#keys.find(key, this.seconds);
    if (known.id) return;
    if (this.isDisputed(intentId)) throw new Refused("charge_disputed", "The bank has the money.");
    if (amountMinor > this.left(intentId)) throw new Refused("charge_refunded", "Too much.");
    known.id = this.#name("re");
    // Every other one takes its time.
    const status = this.refunds.length % 2 ? "pending" : "succeeded";
    this.refunds.push({
      ...{ id: known.id, status, amountMinor, currency: "gbp", intentId, refundId, installation },
      ...{ failure: null, createdAt: new Date(0) },
    });
    this.#tell("refund", intentId);
  }

  /** Somebody gives half of it back in the dashboard: such a refund bears no stamp. */
  giveBack(intentId: string): void {
    const amountMinor = Math.ceil(this.left(intentId) / 2);
    if (amountMinor <= 0 || this.isDisputed(intentId)) return;
    const about = { intentId, amountMinor, reason: "dashboard", refundId: null, orderId: null };
    this.createRefund({ ...about, key: this.#name("hand"), installation: "" });
  }

  settleRefund(refund: SeenRefund, status: "succeeded" | "failed"): void {
    if (refund.status === "failed" || refund.status === status) return;
    Object.assign(refund, { status, failure: status === "failed" ? "account_closed" : null });
    this.#tell("refund", refund.intentId ?? "");
  }

  refundsOf(intentId: string): SeenRefund[] {
    return this.refunds.filter((one) => one.intentId === intentId).map((one) => ({ ...one }));
  }

  /** The bank takes back what is left, and a fee with it; or it only asks, and may do so later. */
  dispute(intentId: string, status: "open" | "inquiry" = "open"): void {
    const amountMinor = this.left(intentId);
    const known = this.disputes.find((one) => one.intentId === intentId);
    const isNews = !known || (known.status === "inquiry" && status === "open");
    if (amountMinor <= 0 || !isNews) return;
    const id = known?.id ?? this.#name("dp");
    const taken = { id: `${id}-out`, amountMinor: -amountMinor, feeMinor: disputeFee };
    const moved = status === "open" ? [{ ...taken, currency: "gbp" }] : [];
    const about = { currency: "gbp", intentId, reason: "fraudulent", evidenceDueAt: null };
    const stage = { status, isInquiry: status === "inquiry", isAnswered: false };
    const dispute = { ...about, ...stage, id, amountMinor, moved, createdAt: new Date(0) };
    if (known) Object.assign(known, dispute);
    else this.disputes.push(dispute);
    this.#tell("dispute", intentId);
  }

  /** The bank decides, and may turn its verdict later: the money goes back and forth with it. */
  closeDispute(dispute: SeenDispute, status: "won" | "lost"): void {
    const { id, status: was, moved, currency, intentId } = dispute;
    if (was === status || (was === "inquiry" && status === "lost")) return;
    const held = moved.reduce((sum, { amountMinor }) => sum - amountMinor, 0);
    const amountMinor = status === "won" ? held : held - dispute.amountMinor;
    const move = { id: `${id}-${moved.length}`, amountMinor, feeMinor: 0, currency };
    Object.assign(dispute, { status, moved: amountMinor === 0 ? moved : [...moved, move] });
    this.#tell("dispute", intentId ?? "");
  }

  disputesOf(intentId: string): SeenDispute[] {
    return this.disputes.filter((one) => one.intentId === intentId).map((one) => ({ ...one }));
  }

  isDisputed(intentId: string): boolean {
    return this.disputes.some(
      (one) => one.intentId === intentId && (one.status === "open" || one.status === "lost"),
    );
  }

  /** What was captured and has not gone back. */
  left(intentId: string): number {
    const gone = this.refunds
      .filter((one) => one.intentId === intentId && one.status !== "failed")
      .reduce((sum, one) => sum + one.amountMinor, 0);
    return this.#intent(intentId).capturedMinor - gone;
  }

  /** What Stripe holds for the shop, by its own books. */
  get balance(): number {
    const kept = [...this.intents.values()].reduce(
      (sum, { id, fee }) => sum + this.left(id) - (fee?.amountMinor ?? 0),
      0,
    );
    return this.disputes
      .flatMap(({ moved }) => moved)
      .reduce((sum, { amountMinor, feeMinor }) => sum + amountMinor - feeMinor, kept);
  }

  #become(intentId: string, change: Partial<Intent>): void {
    Object.assign(this.#intent(intentId), change);
    this.#tell("intent", intentId);
  }

  #intent(intentId: string): Intent {
    const intent = this.intents.get(intentId);
    if (intent) return intent;
    throw new Error(`Stripe has no intent ${intentId}.`);
  }

  #tell(topic: EventTopic, intentId: string): void {
    const { paymentId } = this.#intent(intentId);
    this.news.push({ id: this.#name("evt"), topic, intentId, paymentId: paymentId ?? "" });
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#run}_${this.#count}`;
  }
}
