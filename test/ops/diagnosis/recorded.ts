import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { nothingFulfilled } from "../../../src/orders/fulfilment/fulfilment-view.ts";

/** Facts of situations that were really brought about once: see recording.test.ts. */
const folder = path.join(import.meta.dirname, "recorded");
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function saveFacts(name: string, facts: OrderFacts): void {
  mkdirSync(folder, { recursive: true });
  const order = { ...facts.order, contact: facts.order.contact && { key_id: "k1" } };
  writeFileSync(fileOf(name), `${JSON.stringify({ ...facts, order }, null, 2)}\n`);
}

/**
 * Some were recorded before orders shipped, before other systems listened, or before refunds told
 * which goods they are for.
 */
export function recorded(name: string): OrderFacts {
  const facts = JSON.parse(readFileSync(fileOf(name), "utf8"), (key, value) => {
    // Whom it was sold to was not recorded: only that we know it.
    if (key === "contact" && value) return { ...value, sealed: Buffer.from("sealed") };
    return typeof value === "string" && moment.test(value) ? new Date(value) : value;
  }) as OrderFacts;
  const refunds = facts.refunds.map((refund) => ({ ...{ lines: [] }, ...refund }));
  return { ...{ deliveries: [], fulfilment: nothingFulfilled, keptGoods: [] }, ...facts, refunds };
}

/** All of them, by their names. */
export function allRecorded(): Record<string, OrderFacts> {
  const names = readdirSync(folder).map((file) => path.basename(file, ".json"));
  return Object.fromEntries(names.map((name) => [name, recorded(name)]));
}

/** The same facts, looked at so many seconds later. */
export function later(facts: OrderFacts, seconds: number): OrderFacts {
  return { ...facts, now: new Date(facts.now.getTime() + seconds * 1_000) };
}

function fileOf(name: string): string {
  return path.join(folder, `${name}.json`);
}
