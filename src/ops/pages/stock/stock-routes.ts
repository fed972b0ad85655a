import { type Context, Hono } from "hono";
import { foldSku } from "../../../inventory/sku.ts";
import type { OpsEnv } from "../../access/authenticate.ts";
import { seenBy } from "../../access/mask.ts";
import type { PageParts } from "../../app.ts";
import { html } from "../html.ts";
import { empty, pageHead } from "../parts/notice.ts";
import {
  listHolders,
  listMovements,
  listStock,
  movementPageSize,
  readStock,
  stockPageSize,
  stockSeen,
} from "./read-stock.ts";
import { stockList, stockPage } from "./stock-page.ts";

/** What is left of each product, who holds it, and what moved it. */
export function stockPages({ db, live, show }: PageParts): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();
  live.registerTopic("stock", (skus) => stockSeen(db, skus));

  pages.get("/", async (c) => {
    const begins = (c.req.query("sku") ?? "").trim().slice(0, 100);
    const rows = await listStock(db, { begins, after: c.req.query("after") ?? null });
    const shown = rows.slice(0, stockPageSize).map((row) => named(c, row));
    const last = rows.length > stockPageSize ? shown.at(-1) : undefined;
    const older = last && `/ops/stock?${new URLSearchParams({ sku: begins, after: last.sku })}`;
    const content = stockList({ begins, rows: shown, older: older ?? null });
    return show(c, { title: "Stock", current: "stock", content });
  });

  pages.get("/:sku", async (c) => {
    const watched = await live.begin(`stock:${foldSku(c.req.param("sku"))}`);
    const found = await readStock(db, c.req.param("sku"));
    if (!found) {
      const content = html`${pageHead("Stock")}
${empty("There is no such product", "Look at all products under Stock, or search for an order.")}`;
      return show(c, { title: "No such product", current: "stock", content }, 404);
    }
    const stock = named(c, found);
    const before = Number(c.req.query("before") ?? Number.NaN);
    const cursor = Number.isSafeInteger(before) ? before : null;
    const [holders, movements] = await Promise.all([
      listHolders(db, stock.sku),
      listMovements(db, stock.sku, cursor),
    ]);
    const shown = seenBy(c.get("operator"), movements.slice(0, movementPageSize));
    const last = movements.length > movementPageSize ? shown.at(-1) : undefined;
    const address = `/ops/stock/${encodeURIComponent(stock.sku)}`;
    const content = stockPage({
      ...{ now: new Date(), stock, holders, movements: shown },
      older: last ? `${address}?before=${last.id}` : null,
      newest: cursor === null ? null : address,
    });
    return show(c, { title: stock.writtenSku, current: "stock", live: watched, content });
  });
  return pages;
}

/** Only what a product is called is free text: its SKU leads to its page. */
function named<Row extends { name: string }>(c: Context<OpsEnv>, row: Row): Row {
  return { ...row, name: seenBy(c.get("operator"), row.name) };
}
