import Stripe from "stripe";
import { startStandIns, stripeClient } from "./stand-ins.ts";

/** Where the contract is tried: a client, and one with a key that nobody has. */
type ContractDesk = { stripe: Stripe; stranger: Stripe };

type Place = { name: string; open: () => Promise<ContractDesk> };

const ANSWER_MS = 20_000;
const NOBODYS_KEY = "sk_nobody_has_this";
const key = process.env["STRIPE_SECRET_KEY"] ?? "";

const standIn: Place = {
  name: "the stand-in",
  open: async () => {
    const { stripe, url } = await startStandIns();
    return { stripe, stranger: stripeClient(url, NOBODYS_KEY) };
  },
};

/** Stripe itself may be slow and ask for patience; a test's money is not money. */
const stripeItself: Place = {
  name: "Stripe's test mode",
  open: async () => {
    const options = { timeout: ANSWER_MS, maxNetworkRetries: 3, telemetry: false };
    return { stripe: new Stripe(key, options), stranger: new Stripe(NOBODYS_KEY, options) };
  },
};

/** Always the stand-in, and Stripe too where a key of its test mode is set. */
export const places: Place[] = [standIn, ...(key.startsWith("sk_test_") ? [stripeItself] : [])];
