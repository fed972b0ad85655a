import { sql } from "kysely";
import { type ChargeFault, chargeFault } from "../currencies.ts";
import type { Trx } from "../db/transaction.ts";
import { type FieldFault, Refused } from "../errors.ts";
import { foldSku } from "../inventory/sku.ts";

export type WantedLine = { sku: string; quantity: number };

/** What is added to or taken off the goods, in minor units: a discount is negative. */
export type Adjustment = {
  kind: "shipping" | "discount" | "tax";
  name: string;
  amountMinor: number;
};

export type PricedLine = {
  sku: string;
  writtenSku: string;
  name: string;
  quantity: number;
  unitPriceMinor: number;
};

export type PricedOrder = {
  currency: string;
  lines: PricedLine[];
  adjustments: readonly Adjustment[];
  totalMinor: number;
};

type Wanted = {
  shop: { currency: string };
  lines: readonly WantedLine[];
  adjustments: readonly Adjustment[];
};

type Product = {
  sku: string;
  written_sku: string;
  name: string;
  price_minor: number;
  currency: string;
  active: boolean;
};

/** Prices orders from our catalogue; each is priced, or refused with every line at fault. */
export async function priceOrders(
  trx: Trx,
  orders: readonly Wanted[],
): Promise<(PricedOrder | Refused)[]> {
  if (orders.length === 0) return [];
  const skus = new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => foldSku(sku))));
  const { rows } = await sql<Product>`
    SELECT sku, written_sku, name, price_minor, currency, active
    FROM products WHERE sku = ANY(${[...skus]}::text[])`.execute(trx);
  const catalogue = new Map(rows.map((product) => [product.sku, product]));
  return orders.map((order) => price(order, catalogue));
}

function price(order: Wanted, catalogue: Map<string, Product>): PricedOrder | Refused {
  const faults: FieldFault[] = [];
  const lines = order.lines.flatMap(({ sku, quantity }, index): PricedLine[] => {
    const product = catalogue.get(foldSku(sku));
    const fault = faultOf(product, sku, order.shop.currency);
    if (fault || !product) {
      faults.push({ field: `lines[${index}].sku`, message: fault ?? "Unknown SKU." });
      return [];
    }
    const { written_sku: writtenSku, name, price_minor: unitPriceMinor } = product;
    return [{ sku: product.sku, writtenSku, name, quantity, unitPriceMinor }];
  });
  if (faults.length > 0) {
    return new Refused("unavailable_goods", "Some lines can't be sold as they stand.", faults);
  }

  return total(lines, order);
}

/** The order with its total, or why Stripe could never charge that. */
function total(lines: PricedLine[], { shop, adjustments }: Wanted): PricedOrder | Refused {
  const { currency } = shop;
  // A thousand lines of a million pieces each are more than a float counts exactly.
  const goods = sum(lines.map((line) => BigInt(line.quantity) * BigInt(line.unitPriceMinor)));
  const totalMinor = goods + sum(adjustments.map(({ amountMinor }) => BigInt(amountMinor)));
  const fault = chargeFault(totalMinor, currency);
  if (!fault) return { currency, lines, adjustments, totalMinor: Number(totalMinor) };
  // Goods that are chargeable by themselves are not at fault.
  const field = chargeFault(goods, currency) ? "lines" : "adjustments";
  const sentence = `${fault.message} ${advice[fault.kind]}`;
  return new Refused("total_out_of_range", `The order's total is not chargeable: ${sentence}`, [
    { field, message: sentence },
  ]);
}

const advice: Record<ChargeFault["kind"], string> = {
  too_small: "Add goods, or lower the discount.",
  too_large: "Split the order.",
  uneven: "Round the total by an adjustment.",
};

const sum = (amounts: bigint[]) => amounts.reduce((all, amount) => all + amount, 0n);

function faultOf(product: Product | undefined, sku: string, currency: string): string | undefined {
  if (!product) return `There is no product "${sku}". Check the SKU, or add the product first.`;
  if (!product.active) return `"${product.written_sku}" is not for sale at present.`;
  if (product.currency !== currency) {
    const { written_sku: name, currency: priced } = product;
    return `"${name}" is priced in ${priced}; this shop sells in ${currency}.`;
  }
  return undefined;
}
