import type { Table } from "../table.ts";
import type { On } from "./call.ts";
import { renderObject } from "./expand.ts";
import type { Form } from "./form.ts";
import { type Listed, readPage, renderPage } from "./lists.ts";
import { readOptionalText, refuseUnknown } from "./params.ts";
import { notFound } from "./problems.ts";
import type { StripeWorld } from "./world.ts";

type Row = Listed & { object: string };

const paging = ["created", "ending_before", "expand", "limit", "starting_after"];

/** What can be read of charges and of the movements of the balance. */
export function balanceRoutes(world: StripeWorld, on: On): void {
  const { books } = world;
  on("GET", "/charges", ({ form }) => {
    return listRows(world, books.charges, "charges", form, ["payment_intent"]);
  });
  on("GET", "/charges/:id", ({ id, form }) => {
    return renderObject(world, findRow(books.charges, id, "charge"), form);
  });
  on("GET", "/balance_transactions", ({ form }) => {
    return listRows(world, books.transactions, "balance_transactions", form, ["source", "type"]);
  });
  on("GET", "/balance_transactions/:id", ({ id, form }) => {
    return renderObject(world, findRow(books.transactions, id, "balance transaction"), form);
  });
}

/** One page of a table, where rows may be asked for by the ids in these fields. */
export function listRows<Kept extends Row>(
  world: StripeWorld,
  table: Table<Kept>,
  path: string,
  form: Form,
  filters: readonly (keyof Kept & string)[],
): string {
  refuseUnknown(form, [...paging, ...filters]);
  const asked = filters.flatMap((field) => {
    const value = readOptionalText(form, field);
    return value === undefined ? [] : [{ field, value }];
  });
  const { rows, hasMore } = readPage(table, form, path.slice(0, -1), (row) =>
    asked.every(({ field, value }) => row[field] === value),
  );
  const items = rows.map((row) => renderObject(world, row, form, "data."));
  return renderPage(`/v1/${path}`, items, hasMore);
}

export function findRow<Kept extends Row>(
  table: Table<Kept>,
  id: string,
  what: string,
  param = "id",
): Kept {
  const row = table.get(id);
  if (row === undefined) throw notFound(what, id, param);
  return row;
}
