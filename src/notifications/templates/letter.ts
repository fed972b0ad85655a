import type { MessageFacts } from "../facts.ts";
import type { Words } from "../locales/dictionaries.ts";

/**
 * What a mail says, before it is either HTML or plain text. Both are written from the same
 * blocks, so neither can say something that the other does not.
 */
export type Letter = {
  subject: string;
  /** What an inbox shows beside the subject. */
  preview: string;
  tone: Tone;
  badge: string;
  heading: string;
  blocks: Block[];
};

export type Tone = "good" | "attention" | "calm";

export type Block =
  | { kind: "paragraph"; text: string }
  | { kind: "notice"; text: string }
  | { kind: "button"; label: string; url: string; note: string }
  | { kind: "goods"; title: string; lines: GoodsLine[]; totals: Total[] }
  | { kind: "shortages"; title: string; headings: ShortageRow; rows: ShortageRow[]; more: string }
  | { kind: "address"; title: string; lines: string[] };

/** One line of the order, or (without a detail) what stands for the lines that are left out. */
export type GoodsLine = { name: string; detail: string | null; amount: string };

/** The last total is the one that the customer pays. */
export type Total = { label: string; amount: string };

export type ShortageRow = { product: string; sku: string; requested: string; available: string };

export type WriteLetter = (facts: MessageFacts, words: Words) => Letter;

/** Orders have up to 1,000 lines; Gmail cuts a mail off after some 100 kB. */
export const linesShown = 50;
