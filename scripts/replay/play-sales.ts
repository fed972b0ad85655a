import { foldSku } from "../../src/inventory/sku.ts";
import type { RetailFile, RetailSale } from "../retail-file.ts";
import { type OrderBody, placeOrder } from "../world/customer.ts";

/** What became of a sale. */
export interface PlayedSale {
  invoice: string;
  orderId: string | null;
  status: "paid" | "rejected" | "failed";
  totalMinor: number;
  /** From the POST until its customer read that it is paid or rejected. */
  milliseconds: number;
  fault: string | null;
}

type Shop = { apiUrl: string; sandboxUrl: string };
type Manner = { clients: number; run: string; say: (line: string) => void };

const tellEveryMs = 2_000;

/** Plays the sales with so many customers at the same time, each one sale after the other. */
export async function playSales(
  shop: Shop,
  key: string,
  { sales, goods }: RetailFile,
  { clients, run, say }: Manner,
): Promise<PlayedSale[]> {
  const prices = new Map(goods.map(({ sku, priceMinor }) => [foldSku(sku), priceMinor]));
  const played: PlayedSale[] = [];
  const waiting = sales.values();
  async function customer(): Promise<void> {
    for (const sale of waiting) played.push(await play(shop, key, sale, { prices, run }));
  }

  const tell = () => say(`${played.length} of ${sales.length}: ${countsOf(played)}`);
  const timer = setInterval(tell, tellEveryMs);
  try {
    await Promise.all(Array.from({ length: clients }, customer));
  } finally {
    clearInterval(timer);
  }
  tell();
  return played;
}

function countsOf(played: readonly PlayedSale[]): string {
  const statuses = ["paid", "rejected", "failed"] as const;
  const counts = statuses.map(
    (status) => `${played.filter((sale) => sale.status === status).length} ${status}`,
  );
  return counts.join(", ");
}

/** One customer's purchase, and whether it cost what the file says. */
async function play(
  shop: Shop,
  key: string,
  sale: RetailSale,
  { prices, run }: { prices: Map<string, number>; run: string },
): Promise<PlayedSale> {
  const { invoice, lines } = sale;
  const startedAt = performance.now();
  let orderId: string | null = null;
  try {
    const order = await placeOrder(shop, { key }, bodyOf(sale), `replay-${run}-${invoice}`);
    orderId = order.id;
    if ((await order.untilPayable()) !== undefined) await order.pay();
    const status = await order.until("paid", "rejected");
    const milliseconds = performance.now() - startedAt;
    const asked = lines.reduce(
      (sum, { sku, quantity }) => sum + quantity * (prices.get(foldSku(sku)) ?? 0),
      0,
    );
    const { totalMinor } = order;
    const fault = totalMinor === asked ? null : `costs ${totalMinor} in place of ${asked}`;
    return { invoice, orderId, status, totalMinor, milliseconds, fault };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { invoice, orderId, status: "failed", totalMinor: 0, milliseconds: 0, fault };
  }
}

/** Guests have no number in the file; the addresses of all are made up. */
function bodyOf({ invoice, lines, customerId }: RetailSale): OrderBody {
  const contact = { email: `sale-${invoice}@example.com` };
  return { contact, lines, ...(customerId !== null && { customerRef: customerId }) };
}
