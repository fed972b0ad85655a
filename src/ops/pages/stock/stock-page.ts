import { type Content, type Html, html } from "../html.ts";
import { badge, orderBadge } from "../parts/badge.ts";
import { definitions } from "../parts/definitions.ts";
import { deadline, moment } from "../parts/moment.ts";
import { empty, pageHead, panel } from "../parts/notice.ts";
import { pager } from "../parts/pager.ts";
import { table } from "../parts/table.ts";
import { asTitle, count } from "../parts/words.ts";
import { type Holder, type MovementRow, mostHolders, type StockRow } from "./read-stock.ts";

export type StockListView = { begins: string; rows: readonly StockRow[]; older: string | null };

/** All products with what is left of them. */
export function stockList({ begins, rows, older }: StockListView): Html {
  const found =
    rows.length === 0
      ? empty(
          begins === "" ? "Nothing is sold yet" : `No SKU begins with “${begins}”`,
          "Products come by the API, or from a file: npm run import.",
        )
      : table(
          "Stock by product",
          [
            { title: "SKU", leads: true },
            { title: "Product" },
            { title: "On hand", align: "end" },
            { title: "Reserved", align: "end" },
            { title: "Safety", align: "end" },
            { title: "Available", align: "end" },
          ],
          rows.map((row) => ({ href: addressOf(row.sku), cells: stockCells(row) })),
        );
  return html`${pageHead("Stock", "What is in the house, and what of it orders hold.")}
<form class="filters" action="/ops/stock">
<div><label for="sku">SKU begins with</label>
<input id="sku" name="sku" value="${begins}" maxlength="100" autocomplete="off" spellcheck="false">
</div><button>Show</button>
</form>
<div class="panel">${found}
${pager({ older })}</div>`;
}

function addressOf(sku: string): string {
  return `/ops/stock/${encodeURIComponent(sku)}`;
}

function stockCells(row: StockRow): Content[] {
  const { sku, writtenSku, name, active, onHand, reserved, safety, available } = row;
  const off = active ? "" : html` ${badge("over", "not sold")}`;
  return [
    html`<a href="${addressOf(sku)}"><span class="id">${writtenSku}</span></a>`,
    html`${name}${off}`,
    figure(onHand),
    figure(reserved),
    figure(safety),
    available === 0 ? badge("bad", "0") : figure(available),
  ];
}

function figure(number: number): string {
  return number.toLocaleString("en");
}

export type StockView = {
  now: Date;
  stock: StockRow;
  holders: readonly Holder[];
  movements: readonly MovementRow[];
  older: string | null;
  newest: string | null;
};

/** One product: its counters, who holds it, and all that moved it. */
export function stockPage({ now, stock, holders, movements, older, newest }: StockView): Html {
  const { writtenSku, name, onHand, reserved, safety, available } = stock;
  const left = available === 0 ? badge("bad", "none left") : badge("good", "can be sold");
  return html`${pageHead(html`<span class="id">${writtenSku}</span> ${left}`, name)}
${panel(
  "Counters",
  definitions([
    ["On hand", figure(onHand)],
    ["Reserved by orders", figure(reserved)],
    ["Kept back (safety)", figure(safety)],
    ["Available", figure(available)],
  ]),
)}
${panel("Who holds it", holdersTable(holders, now))}
${panel("Movements", html`${movementsTable(movements, now)}${pager({ newer: newest, older })}`)}`;
}

function holdersTable(holders: readonly Holder[], now: Date): Content {
  if (holders.length === 0) return empty("No order holds it");
  const shown = holders.slice(0, mostHolders);
  const more = `The first ${count(mostHolders, "order")} are shown.`;
  return html`${table(
    "Orders that hold this product",
    [
      { title: "Order", leads: true },
      { title: "Status" },
      { title: "Quantity", align: "end" },
      { title: "Held since" },
      { title: "Until" },
    ],
    shown.map((holder) => ({
      href: `/ops/orders/${holder.orderId}`,
      cells: [
        html`<a href="/ops/orders/${holder.orderId}">${holder.number}</a>`,
        orderBadge(holder),
        figure(holder.quantity),
        moment(holder.since, now),
        until(holder, now),
      ],
    })),
  )}${holders.length > mostHolders ? html`<p class="small-print">${more}</p>` : ""}`;
}

function until({ holdStatus, expiresAt }: Holder, now: Date): Content {
  if (holdStatus === "sold") return "sold: until it is shipped";
  return expiresAt === null ? "" : deadline(expiresAt, now);
}

function movementsTable(movements: readonly MovementRow[], now: Date): Content {
  if (movements.length === 0) return empty("Nothing has moved");
  return table(
    "Movements of this product, newest first",
    [
      { title: "What", leads: true },
      { title: "On hand", align: "end" },
      { title: "Reserved", align: "end" },
      { title: "Order" },
      { title: "Why" },
      { title: "Who" },
      { title: "When" },
    ],
    movements.map((movement) => [
      asTitle(movement.kind),
      signed(movement.onHandDelta),
      signed(movement.reservedDelta),
      movement.orderId === null
        ? ""
        : html`<a href="/ops/orders/${movement.orderId}">${movement.number}</a>`,
      movement.reason ?? "",
      movement.actor,
      moment(movement.at, now),
    ]),
  );
}

function signed(delta: number): string {
  if (delta === 0) return "";
  return delta > 0 ? `+${figure(delta)}` : `−${figure(-delta)}`;
}
