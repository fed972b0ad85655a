import { jsonClient } from "../world/json-client.ts";

/** What the stand-ins say that they took on for the orders of a replay. */
export interface Carried {
  capturedMinor: number;
  /** The template of each mail. */
  mails: string[];
  confirmations: number;
}

type Ledger = { intents: { orderId: string | null; capturedMinor: number }[] };
type Mail = { orderId: string | null; categories: string[] };

export async function readCarried(sandboxUrl: string, orderIds: Set<string>): Promise<Carried> {
  const sandbox = jsonClient(sandboxUrl);
  const isOurs = ({ orderId }: { orderId: string | null }) => orderIds.has(orderId ?? "");
  const ledger = (await sandbox<Ledger>("GET", "/_sandbox/stripe/ledger")).body;
  const captured = ledger.intents.filter(isOurs).map(({ capturedMinor }) => capturedMinor);
  const accepted = (await sandbox<Mail[]>("GET", "/_sandbox/mail")).body.filter(isOurs);
  const mails = accepted.flatMap(({ categories }) => categories);
  return {
    capturedMinor: captured.reduce((sum, each) => sum + each, 0),
    mails,
    confirmations: mails.filter((template) => template === "order_paid").length,
  };
}
