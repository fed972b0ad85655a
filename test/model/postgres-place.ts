import type { Settings } from "../../src/config.ts";
import type { Db } from "../../src/db/connect.ts";
import type { Ownership } from "../../src/orders/paying/judge-intent.ts";
import type { Hint } from "../../src/queues/hint.ts";
import type { TestShop } from "../support/shop.ts";
import type { Job } from "./books.ts";

/** Where the product's own functions play: a real database and one product of it. */
export type Place = {
  db: Db;
  settings: Settings;
  shop: TestShop;
  ownership: Ownership;
  /** The one product of this run: by it its orders are apart from all others. */
  sku: string;
};

/** The hints of a commit, as far as they are not about mails. */
export function jobsOf({ hints }: { hints: readonly Hint[] }): Job[] {
  return hints
    .filter(({ queue }) => queue !== "notification")
    .map(({ kind, id }) => ({ kind, id }));
}
