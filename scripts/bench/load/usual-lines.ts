import { skuOf } from "../bench-world.ts";
import type { OrderLines } from "./buyer.ts";

/** Two lines over a thousand goods, the same ones for the same number. */
export function usualLines(nr: number): OrderLines {
  return [
    { sku: skuOf(nr * 7_919), quantity: 1 },
    { sku: skuOf(nr * 104_729 + 500), quantity: 2 },
  ];
}
