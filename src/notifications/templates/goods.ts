import type { MessageFacts, MessageLine } from "../facts.ts";
import { counted, formatMoney, formatNumber, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import { type Block, type GoodsLine, linesShown, type Total } from "./letter.ts";

/** The order's lines and how they add up to what the customer pays. */
export function goods(facts: MessageFacts, words: Words): Block {
  const left = facts.lines.slice(linesShown);
  const lines = facts.lines.slice(0, linesShown).map((line) => goodsLine(line, facts));
  if (left.length > 0) {
    const amount = money(sum(left.map((line) => line.totalMinor)), facts);
    lines.push({ name: counted(left.length, facts.locale, words.moreLines), detail: null, amount });
  }
  return { kind: "goods", title: words.yourOrder, lines, totals: totals(facts, words) };
}

export function money(amountMinor: number, facts: MessageFacts): string {
  return formatMoney(amountMinor, facts.currency, facts.locale);
}

/** How many pieces the customer gets, in words. */
export function itemCount(facts: MessageFacts, words: Words): string {
  return counted(sum(facts.lines.map((line) => line.quantity)), facts.locale, words.items);
}

function goodsLine(line: MessageLine, facts: MessageFacts): GoodsLine {
  const quantity = formatNumber(line.quantity, facts.locale);
  return {
    name: oneLine(line.name),
    detail: `${oneLine(line.sku, 60)} · ${quantity} × ${money(line.unitPriceMinor, facts)}`,
    amount: money(line.totalMinor, facts),
  };
}

function totals(facts: MessageFacts, words: Words): Total[] {
  const total = { label: words.total, amount: money(facts.totalMinor, facts) };
  if (facts.adjustments.length === 0) return [total];
  const subtotal = sum(facts.lines.map((line) => line.totalMinor));
  return [
    { label: words.subtotal, amount: money(subtotal, facts) },
    ...facts.adjustments.map(({ kind, name, amountMinor }) => ({
      label: oneLine(name, 80) || words[kind],
      amount: money(amountMinor, facts),
    })),
    total,
  ];
}

const sum = (amounts: number[]) => amounts.reduce((all, amount) => all + amount, 0);
