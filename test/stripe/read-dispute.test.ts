import type Stripe from "stripe";
import { expect, test } from "vitest";
import { readDispute } from "../../src/stripe/read-dispute.ts";
import { newIntent, startStandIns } from "../sandbox/stand-ins.ts";

test("a dispute is told in our words, and an inquiry apart from what takes money", async () => {
  const { stripe, tell } = await startStandIns();
  const { id } = await newIntent(stripe);
  await tell(`/stripe/intents/${id}/pay`);
  await tell(`/stripe/intents/${id}/dispute`);
  const { data } = await stripe.disputes.list({ payment_intent: id });
  const dispute = data[0] ?? expect.fail("There is no dispute.");
  const told = (status: Stripe.Dispute.Status) => readDispute({ ...dispute, status }).status;
  expect(told("warning_needs_response")).toBe("inquiry");
  expect(told("warning_under_review")).toBe("inquiry");
  expect(told("warning_closed")).toBe("won");
  expect(told("needs_response")).toBe("open");
  expect(told("under_review")).toBe("open");
  const stage = (status: Stripe.Dispute.Status) => {
    const { isAnswered, isInquiry } = readDispute({ ...dispute, status });
    return { isAnswered, isInquiry };
  };
  expect(stage("needs_response")).toEqual({ isAnswered: false, isInquiry: false });
  expect(stage("under_review")).toEqual({ isAnswered: true, isInquiry: false });
  expect(stage("warning_under_review")).toEqual({ isAnswered: true, isInquiry: true });
  expect(stage("warning_closed")).toEqual({ isAnswered: false, isInquiry: true });
  expect(told("won")).toBe("won");
  expect(told("lost")).toBe("lost");
  // The money is gone; without that nothing was taken.
  expect(told("prevented")).toBe("lost");
  const nothing = { ...dispute, status: "prevented" as const, balance_transactions: [] };
  expect(readDispute(nothing).status).toBe("won");
});
