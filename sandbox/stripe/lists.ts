import type { Table } from "../table.ts";
import type { Form } from "./form.ts";
import { invalid, readGroup, readOptionalText, readWhole } from "./params.ts";
import { notFound } from "./problems.ts";

export type Listed = { id: string; created: number };
export type Page<Row> = { rows: Row[]; hasMore: boolean };
type Span = { from: number; to: number };

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** One page of a table, newest first, by Stripe's cursors and its `created` filter. */
export function readPage<Row extends Listed>(
  table: Table<Row>,
  form: Form,
  what: string,
  wanted: (row: Row) => boolean = () => true,
): Page<Row> {
  const limit = readWhole(form, "limit", 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
  const after = readCursor(table, form, "starting_after", what);
  const before = readCursor(table, form, "ending_before", what);
  const span = readSpan(form);
  const newerFirst = before === undefined;
  const rows: Row[] = [];
  const step = newerFirst ? -1 : 1;
  let place = newerFirst ? (after ?? table.rows.length) - 1 : before + 1;

  for (; rows.length <= limit; place += step) {
    const row = table.rows[place];
    if (row === undefined || isBeyond(row, span, step)) break;
    if (isWithin(row, span) && wanted(row)) rows.push(row);
  }
  const hasMore = rows.length > limit;
  const page = rows.slice(0, limit);
  return { rows: newerFirst ? page : page.reverse(), hasMore };
}

export function renderPage(url: string, items: readonly string[], hasMore: boolean): string {
  return `{"object":"list","data":[${items.join(",")}],"has_more":${hasMore},"url":"${url}"}`;
}

function readCursor<Row extends Listed>(
  table: Table<Row>,
  form: Form,
  name: "starting_after" | "ending_before",
  what: string,
): number | undefined {
  const id = readOptionalText(form, name);
  if (id === undefined) return undefined;
  const place = table.placeOf(id);
  if (place === undefined) throw notFound(what, id, name);
  return place;
}

function readSpan(form: Form): Span {
  const created = form["created"];
  if (typeof created === "string") {
    const at = readWhole(form, "created", 0, Number.MAX_SAFE_INTEGER) ?? 0;
    return { from: at, to: at };
  }
  const span: Span = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const bounds = readGroup(form, "created") ?? {};
  for (const name of Object.keys(bounds)) {
    const at = readWhole(bounds, name, 0, Number.MAX_SAFE_INTEGER) ?? 0;
    if (name === "gt") span.from = Math.max(span.from, at + 1);
    else if (name === "gte") span.from = Math.max(span.from, at);
    else if (name === "lt") span.to = Math.min(span.to, at - 1);
    else if (name === "lte") span.to = Math.min(span.to, at);
    else throw invalid(`created[${name}]`, "Must be gt, gte, lt or lte");
  }
  return span;
}

function isWithin({ created }: Listed, span: Span): boolean {
  return created >= span.from && created <= span.to;
}

/** Rows stand in the order of their time, so a walk may end at the span's edge. */
function isBeyond({ created }: Listed, span: Span, step: number): boolean {
  return step < 0 ? created < span.from : created > span.to;
}
