import { newId } from "../ids.ts";
import type { BalanceTransaction, FeeDetail } from "./money-objects.ts";
import { type StripeWorld, seconds } from "./world.ts";

/** 1.5 % and 20 minor units, as a European account pays for a European card. */
const FEE_RATE = 0.015;
const FEE_FIXED_MINOR = 20;
/** What a dispute costs, be it won or lost: since June 2025 Stripe keeps it in both cases. */
const DISPUTE_FEE_MINOR = 1500;
/** Money becomes available a few days after it came; two is what many accounts have. */
const AVAILABLE_AFTER_SECONDS = 2 * 24 * 60 * 60;

type Source = { id: string; currency: string };
type Movement = Pick<BalanceTransaction, "type" | "reporting_category" | "amount"> & {
  fee?: FeeDetail[];
  description: string | null;
};

/** Puts the money of a captured charge on the balance, less Stripe's fee for it. */
export function creditCharge(world: StripeWorld, charge: Source, amount: number) {
  const fee = Math.round(amount * FEE_RATE) + FEE_FIXED_MINOR;
  return move(world, charge, {
    type: "charge",
    reporting_category: "charge",
    amount,
    description: null,
    fee: [feeOf(charge, fee, "Stripe processing fees")],
  });
}

/** The fee of the charge is not given back with its money. */
export function debitRefund(world: StripeWorld, refund: Source, amount: number) {
  const description = "REFUND FOR CHARGE";
  return move(world, refund, {
    type: "refund",
    reporting_category: "refund",
    amount: -amount,
    description,
  });
}

export function creditFailedRefund(world: StripeWorld, refund: Source, amount: number) {
  const description = "REFUND FAILURE";
  const kind = { type: "refund_failure", reporting_category: "refund_failure" } as const;
  return move(world, refund, { ...kind, amount, description });
}

export function debitDispute(world: StripeWorld, dispute: Source, charge: string, amount: number) {
  return move(world, dispute, {
    type: "adjustment",
    reporting_category: "dispute",
    amount: -amount,
    description: `Chargeback withdrawal for ${charge}`,
    fee: [feeOf(dispute, DISPUTE_FEE_MINOR, "Dispute fee")],
  });
}

export function creditWonDispute(
  world: StripeWorld,
  dispute: Source,
  charge: string,
  amount: number,
) {
  const description = `Chargeback reversal for ${charge}`;
  const kind = { type: "adjustment", reporting_category: "dispute_reversal" } as const;
  return move(world, dispute, { ...kind, amount, description });
}

function move(world: StripeWorld, source: Source, movement: Movement): BalanceTransaction {
  const { amount, fee = [] } = movement;
  const feeMinor = fee.reduce((sum, detail) => sum + detail.amount, 0);
  const created = seconds(world);
  const transaction: BalanceTransaction = {
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: created + AVAILABLE_AFTER_SECONDS,
    balance_type: "payments",
    created,
    currency: source.currency,
    description: movement.description,
    exchange_rate: null,
    fee: feeMinor,
    fee_details: fee,
    net: amount - feeMinor,
    reporting_category: movement.reporting_category,
    source: source.id,
    status: "pending",
    type: movement.type,
  };
  world.books.transactions.put(transaction);
  return transaction;
}

function feeOf({ currency }: Source, amount: number, description: string): FeeDetail {
  return { amount, application: null, currency, description, type: "stripe_fee" };
}
