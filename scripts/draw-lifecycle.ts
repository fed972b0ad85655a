import { readFile, writeFile } from "node:fs/promises";
import { clocks, orderEvents, orderStatuses, transition } from "../src/orders/lifecycle.ts";

/** The page that carries the drawing; `npm run lifecycle:draw` brings it up to date. */
export const lifecyclePage = new URL("../docs/order-lifecycle.md", import.meta.url);

/** The page with the drawing and the table of clocks as src/orders/lifecycle.ts has them now. */
export function redraw(page: string): string {
  const drawn = replaceBlock(page, "```mermaid\n", "\n```", drawLifecycle());
  return replaceBlock(drawn, "<!-- clocks -->\n", "\n<!-- end of clocks -->", listClocks());
}

/** Every way an order can go, as a Mermaid state diagram. */
export function drawLifecycle(): string {
  const arrows = orderEvents.flatMap((event) => {
    const { from, to } = transition(event);
    const starts = from.length > 0 ? from : ["[*]"];
    return starts.map((status) => `  ${status} --> ${to}: ${event}`);
  });
  const left = new Set<string>(orderEvents.flatMap((event) => transition(event).from));
  const ends = orderStatuses.filter((status) => !left.has(status));
  return ["stateDiagram-v2", ...arrows, ...ends.map((status) => `  ${status} --> [*]`)].join("\n");
}

/** Which job the clock wakes in each status, as a Markdown table. */
function listClocks(): string {
  const rows = orderStatuses.map((status) => {
    const clock = clocks[status];
    return `| \`${status}\` | ${clock === "rests" ? "rests" : `\`${clock.wakes}\``} |`;
  });
  return ["| status | the clock wakes |", "| --- | --- |", ...rows].join("\n");
}

function replaceBlock(page: string, opening: string, closing: string, content: string): string {
  const start = page.indexOf(opening);
  const end = page.indexOf(closing, start + opening.length);
  if (start < 0 || end < 0) {
    const block = `${opening.trim()} ... ${closing.trim()}`;
    throw new Error(`docs/order-lifecycle.md has lost its block ${block}: put it back, then draw.`);
  }
  return page.slice(0, start + opening.length) + content + page.slice(end);
}

if (import.meta.main) {
  const page = await readFile(lifecyclePage, "utf8");
  await writeFile(lifecyclePage, redraw(page));
}
