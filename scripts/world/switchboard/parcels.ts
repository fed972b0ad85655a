import { randomUUID } from "node:crypto";
import type { JsonClient } from "../json-client.ts";

/** What the shop does with a paid order's goods, and in which statuses it can. */
const all = [
  { id: "ship_one", label: "Ship one piece", from: ["paid", "fulfilling"] },
  { id: "take_one_back", label: "One piece comes back", from: ["fulfilling", "completed"] },
] as const;
type Parcel = (typeof all)[number];
export const parcels: readonly (Omit<Parcel, "from"> & { from: readonly string[] })[] = all;

interface Goods {
  lines: readonly { sku: string; quantity: number }[];
  shipments: readonly Pick<Goods, "lines">[];
  returns: readonly Pick<Goods, "lines">[];
}

/** Does it as the shop's own server; undefined where nothing is left to do it to. */
export async function sendParcel(
  shop: JsonClient,
  orderId: string,
  what: Parcel["id"],
): Promise<string | undefined> {
  const path = `/v1/orders/${orderId}`;
  const { lines, shipments, returns } = (await shop<Goods>("GET", path)).body;
  const shipped = (sku: string) => piecesOf(sku, shipments);
  const isShipping = what === "ship_one";
  const line = lines.find(({ sku, quantity }) =>
    isShipping ? shipped(sku) < quantity : shipped(sku) > piecesOf(sku, returns),
  );
  if (!line) return undefined;
  const one = { sku: line.sku, quantity: 1 };
  const body = isShipping
    ? { carrier: "Royal Mail", trackingNumber: "RM123456789GB", lines: [one] }
    : { lines: [{ ...one, restock: true }], refund: "full" };
  const kind = isShipping ? "shipments" : "returns";
  await shop("POST", `${path}/${kind}`, { body, idempotencyKey: randomUUID() });
  return isShipping ? `A parcel left with one ${line.sku}.` : `One ${line.sku} came back.`;
}

function piecesOf(sku: string, moved: readonly Pick<Goods, "lines">[]): number {
  const own = moved.flatMap(({ lines }) => lines.filter((line) => line.sku === sku));
  return own.reduce((sum, { quantity }) => sum + quantity, 0);
}
