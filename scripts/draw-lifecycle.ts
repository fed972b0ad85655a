import { readFile, writeFile } from "node:fs/promises";
import { clocks, transitions } from "../src/orders/lifecycle.ts";
import { neededEvents } from "../src/payments/inbox.ts";
import * as money from "../src/payments/lifecycle.ts";

/** The pages that carry drawings; `npm run lifecycle:draw` brings them up to date. */
export const drawnPages = ["README.md", "docs/order-lifecycle.md", "docs/payments.md"] as const;
type DrawnPage = (typeof drawnPages)[number];

type Table = Record<string, { from: readonly string[]; to: string }>;
type Clocks = Record<string, "rests" | { wakes: string }>;

/** What is drawn into each page, by the comment before its block. */
const blocks: Record<DrawnPage, readonly string[]> = {
  "README.md": ["order"],
  "docs/order-lifecycle.md": ["order", "clocks"],
  "docs/payments.md": ["payment", "refund", "dispute", "money clocks", "events"],
};

const contents: Record<string, () => string> = {
  order: () => mermaid(drawLifecycle()),
  payment: () => mermaid(draw(money.paymentTransitions, money.paymentClocks)),
  refund: () => mermaid(draw(money.refundTransitions, money.refundClocks)),
  dispute: () => mermaid(draw(money.disputeTransitions, money.disputeClocks)),
  events: () => neededEvents.map((type) => `- \`${type}\``).join("\n"),
  clocks: () => listClocks("status", Object.entries(clocks)),
  "money clocks": () =>
    listClocks("row and status", [
      ...named("payment", money.paymentClocks),
      ...named("refund", money.refundClocks),
      ...named("dispute", money.disputeClocks),
      ...named("event in", money.eventClocks),
      ...named("break", money.breakClocks),
    ]),
};

/** A page with its drawings and tables as the lifecycles in src/ have them now. */
export function redraw(name: DrawnPage, page: string): string {
  return blocks[name].reduce(
    (text, block) => replaceBlock(name, text, block, contents[block]?.() ?? ""),
    page,
  );
}

/** Every way an order can go, as a Mermaid state diagram. */
export function drawLifecycle(): string {
  return draw(transitions, clocks);
}

/** Every way of the table, and an end wherever a status may rest for good. */
function draw(table: Table, clocks: Clocks): string {
  const arrows = Object.entries(table).flatMap(([event, { from, to }]) => {
    const starts = from.length > 0 ? from : ["[*]"];
    return starts.map((status) => `  ${status} --> ${to}: ${event}`);
  });
  const resting = Object.keys(clocks).filter((status) => clocks[status] === "rests");
  return ["stateDiagram-v2", ...arrows, ...resting.map((status) => `  ${status} --> [*]`)].join(
    "\n",
  );
}

function mermaid(drawing: string): string {
  return `\`\`\`mermaid\n${drawing}\n\`\`\``;
}

function named(row: string, table: Clocks): [string, Clocks[string]][] {
  return Object.entries(table).map(([status, clock]) => [`${row}: ${status}`, clock]);
}

/** Which job the clock wakes in each status, as a Markdown table. */
function listClocks(heading: string, rows: readonly [string, Clocks[string]][]): string {
  const lines = rows.map(
    ([status, clock]) =>
      `| \`${status}\` | ${clock === "rests" ? "rests" : `\`${clock.wakes}\``} |`,
  );
  return [`| ${heading} | the clock wakes |`, "| --- | --- |", ...lines].join("\n");
}

function replaceBlock(name: string, page: string, block: string, content: string): string {
  const opening = `<!-- ${block} -->\n`;
  const closing = `\n<!-- end of ${block} -->`;
  const start = page.indexOf(opening);
  const end = page.indexOf(closing, start + opening.length);
  if (start < 0 || end < 0) {
    const lost = `${opening.trim()} ... ${closing.trim()}`;
    throw new Error(`${name} has lost its block ${lost}: put it back, then draw.`);
  }
  return page.slice(0, start + opening.length) + content + page.slice(end);
}

if (import.meta.main) {
  for (const name of drawnPages) {
    const file = new URL(`../${name}`, import.meta.url);
    await writeFile(file, redraw(name, await readFile(file, "utf8")));
  }
}
