import { sql } from "kysely";
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

/** Stripe takes amounts of at most eight digits: docs.stripe.com/api/payment_intents. */
const largestTotal = 99_999_999;

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

  const goods = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0);
  const totalMinor = order.adjustments.reduce((sum, each) => sum + each.amountMinor, goods);
  if (totalMinor > 0 && totalMinor <= largestTotal) {
    return { currency: order.shop.currency, lines, adjustments: order.adjustments, totalMinor };
  }
  // Goods for nothing are no fault of adjustments that nobody sent.
  const isTooLow = totalMinor <= 0 && order.adjustments.length > 0;
  const limit = totalMinor > 0 ? `at most ${largestTotal}` : "above zero";
  return new Refused(
    "total_out_of_range",
    `The order's total is ${totalMinor} in minor units; it must be ${limit}.`,
    [{ field: isTooLow ? "adjustments" : "lines", message: `The total must be ${limit}.` }],
  );
}

function faultOf(product: Product | undefined, sku: string, currency: string): string | undefined {
  if (!product) return `There is no product "${sku}". Check the SKU, or add the product first.`;
  if (!product.active) return `"${product.written_sku}" is not for sale at present.`;
  if (product.currency !== currency) {
    const { written_sku: name, currency: priced } = product;
    return `"${name}" is priced in ${priced}; this shop sells in ${currency}.`;
  }
  return undefined;
}
