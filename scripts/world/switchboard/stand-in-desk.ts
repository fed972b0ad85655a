import { jsonClient } from "../json-client.ts";
import type { Seen } from "./switch.ts";

/** One intent in the books of Stripe's stand-in, as far as it is read here. */
export interface IntentLine {
  id: string;
  amount: number;
  currency: string;
  status: string;
  refunds: { id: string; status: string }[];
  disputes: { id: string; status: string }[];
  metadata: Record<string, string>;
}

export type StandInDesk = ReturnType<typeof standInDesk>;

/** The control API of the stand-ins, in the Switchboard's words. */
export function standInDesk(sandboxUrl: string, stripeKey: string) {
  const ask = jsonClient(sandboxUrl);
  const write = async (path: string, wish: Record<string, string>): Promise<string> => {
    const answer = await fetch(new URL(`/v1/${path}`, sandboxUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${stripeKey}` },
      body: new URLSearchParams(wish),
    });
    const made = (await answer.json()) as { id?: string };
    if (answer.ok && made.id) return made.id;
    throw new Error(`Stripe's stand-in refused: ${JSON.stringify(made)}`);
  };
  const tell = async (path: string, body: object = {}) => {
    await ask("POST", `/_sandbox/${path}`, { body });
  };
  return {
    tell,
    addFault: (fault: Record<string, unknown>) => tell("faults", fault),
    async endFaults(name: string): Promise<void> {
      const url = new URL(`/_sandbox/faults?name=${name}`, sandboxUrl);
      await fetch(url, { method: "DELETE" });
    },
    async see(): Promise<Seen> {
      const [faults, stripe] = await Promise.all([
        ask<Seen["faults"]>("GET", "/_sandbox/faults"),
        ask<Seen["stripe"]>("GET", "/_sandbox/stripe/switches"),
      ]);
      return { faults: faults.body, stripe: stripe.body };
    },
    /** The order's intents at Stripe, the oldest first. */
    async intentsOf(orderId: string): Promise<IntentLine[]> {
      const path = `/_sandbox/stripe/ledger?orderId=${orderId}`;
      return (await ask<{ intents: IntentLine[] }>("GET", path)).body.intents;
    },
    /** Changes an intent as somebody in Stripe's dashboard would. */
    changeIntent: (id: string, changes: Record<string, string>) =>
      write(`payment_intents/${id}`, changes),
    /** The same hand cancels it, or gives all of its money back. */
    cancelIntent: (id: string) => write(`payment_intents/${id}/cancel`, {}),
    refundIntent: (id: string) => write("refunds", { payment_intent: id }),
    /** A second intent with the stamp of the first, which no code of Aurora makes. */
    async copyIntent({ amount, currency, metadata }: IntentLine): Promise<string> {
      const stamp = Object.entries(metadata).map(([name, value]) => [`metadata[${name}]`, value]);
      const money = { amount: String(amount), currency };
      return await write("payment_intents", { ...money, ...Object.fromEntries(stamp) });
    },
  };
}
