import type { Block, GoodsLine, Letter, ShortageRow, Total } from "./letter.ts";

/** The plain-text twin of a mail: the same blocks, for readers and clients without HTML. */
export function textLetter(letter: Letter, footer: string): string {
  const parts = [letter.heading, ...letter.blocks.map(blockText), `--\n${footer}`];
  return `${parts.join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return block.text;
    case "notice":
      return `* ${block.text}`;
    case "button":
      return [`${block.label}:`, block.url, block.note].filter(Boolean).join("\n");
    case "goods":
      return [titled(block.title), ...block.lines.map(goodsText), ...totalsText(block.totals)].join(
        "\n",
      );
    case "shortages":
      return [
        titled(block.title),
        ...block.rows.map((row) => shortageText(row, block.headings)),
        ...(block.more === "" ? [] : [block.more]),
      ].join("\n");
    case "address":
      return [titled(block.title), ...block.lines].join("\n");
  }
}

const titled = (title: string) => `${title}\n${"-".repeat(title.length)}`;

function goodsText({ name, detail, amount }: GoodsLine): string {
  if (amount === "") return name;
  return detail === null ? `${name}: ${amount}` : `${name}\n  ${detail} = ${amount}`;
}

function totalsText(totals: Total[]): string[] {
  if (totals.length === 0) return [];
  return ["", ...totals.map(({ label, amount }) => `${label}: ${amount}`)];
}

function shortageText(row: ShortageRow, headings: ShortageRow): string {
  const asked = `${headings.requested}: ${row.requested}`;
  const there = `${headings.available}: ${row.available}`;
  return `${row.product}\n  ${row.sku} · ${asked} · ${there}`;
}
