import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { allInvariants, checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { editOrder } from "../../../src/orders/edits/edit-order.ts";
import type { EditRequest } from "../../../src/orders/edits/plan-edit.ts";
import { reserveOrders } from "../../../src/orders/reserve-orders.ts";
import { useDatabase } from "../../support/database.ts";
import { openPayingShop, type PayingShop, type Placed } from "../../support/paying.ts";

type Wish = Partial<Omit<EditRequest, "orderId" | "shopId">>;

/** A paying shop whose orders are edited, and whose books are looked at afterwards. */
export function useEditDesk() {
  const database = useDatabase();
  const till = {} as PayingShop;
  beforeAll(async () => {
    Object.assign(till, await openPayingShop(database.url));
  });
  afterAll(() => till.db.destroy());

  async function edit({ orderId }: Placed, wish: Wish): Promise<void> {
    const { version } = await till.orderOf({ orderId, sku: "" });
    const request: EditRequest = {
      ...{ orderId, shopId: till.shop.id, version, actor: "key:test", isGuest: false },
      ...{ lines: null, adjustments: null, contact: null, locale: null },
      ...wish,
    };
    await inTransaction(till.db, (trx) => editOrder(trx, till.settings, request));
  }

  return {
    till,
    edit,
    quantity: (placed: Placed, quantity: number, more: Wish = {}) =>
      edit(placed, { lines: [{ sku: placed.sku, quantity }], ...more }),
    reserve: ({ orderId }: Placed) =>
      inTransaction(till.db, (trx) => reserveOrders(trx, till.settings, [orderId])),
    close: ({ orderId }: Placed) =>
      inTransaction(till.db, (trx) => closeOrders(trx, till.settings, [orderId])),
    eventsOf: async (placed: Placed) => (await till.historyOf(placed)).map(({ event }) => event),
    /** What an order holds: quantities by the status of the hold. */
    async holdsOf({ orderId }: Placed): Promise<Record<string, number>> {
      const { rows } = await sql<{ status: string; quantity: number }>`
        SELECT status, sum(quantity)::bigint AS quantity FROM holds
        WHERE order_id = ${orderId} GROUP BY 1`.execute(till.db);
      return Object.fromEntries(rows.map(({ status, quantity }) => [status, quantity]));
    },
    async pendingEdits(): Promise<number> {
      return (await till.db.selectFrom("order_edits").select("order_id").execute()).length;
    },
    /** The names of the invariants that do not hold; nobody works the cursors here. */
    async broken(): Promise<string[]> {
      const invariants = allInvariants({ patienceSeconds: 60 });
      const findings = await checkInvariants(till.db, invariants);
      const names = findings.filter(({ broken }) => broken > 0).map(({ name }) => name);
      return names.filter((name) => name !== "nothing_is_overdue");
    },
  };
}
