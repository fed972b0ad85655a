import type { MessageFacts } from "../facts.ts";
import { counted, formatNumber, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { type Block, linesShown } from "./letter.ts";

/** Some of the order's goods, without their prices: what is in a parcel, or will not come. */
export function partOfGoods(title: string, facts: MessageFacts, words: Words): Block {
  const lines = facts.part.slice(0, linesShown).map(({ sku, name, quantity }) => ({
    name: `${oneLine(name)} (${oneLine(sku, 60)})`,
    detail: null,
    amount: `× ${formatNumber(quantity, facts.locale)}`,
  }));
  const left = facts.part.length - lines.length;
  const more = counted(left, facts.locale, words.moreLines);
  if (left > 0) lines.push({ name: more, detail: null, amount: "" });
  return { kind: "goods", title, lines, totals: [] };
}

/** How many pieces that are, in words. */
export function partCount({ part, locale }: MessageFacts, words: Words): string {
  const pieces = part.reduce((sum, { quantity }) => sum + quantity, 0);
  return counted(pieces, locale, words.items);
}
