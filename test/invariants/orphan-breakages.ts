import { type Breakage, openLedger } from "./breakages.ts";

const nobody = "gen_random_uuid()";
const unguarded = (table: string, ...triggers: string[]) =>
  triggers.map((trigger) => `ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`);

/** For each table that refers to others, one of its references that leads to nothing. */
export const orphanBreakages: Record<string, Breakage> = {
  orders_have_their_shop: ({ paid }) => [
    ...unguarded("orders", "orders_stay_in_their_shop"),
    `UPDATE orders SET shop_id = ${nobody} WHERE id = '${paid}'`,
  ],
  lines_have_order_and_product: ({ paid }) => [
    ...unguarded("order_lines", "changed_lines_refer"),
    `UPDATE order_lines SET order_id = ${nobody} WHERE order_id = '${paid}'`,
  ],
  events_have_their_order: ({ reserving }) => [
    ...unguarded("order_events", "events_stay"),
    `DELETE FROM webhook_deliveries WHERE order_id = '${reserving}'`,
    `UPDATE order_events SET order_id = ${nobody} WHERE order_id = '${reserving}'`,
  ],
  contacts_have_their_order: ({ paid }) => [
    ...unguarded("order_contacts", "contacts_stay"),
    `UPDATE order_contacts SET order_id = ${nobody} WHERE order_id = '${paid}'`,
  ],
  payments_have_their_order: ({ paid }) => [
    ...unguarded("payments", "payments_stay_with_their_order"),
    `UPDATE payments SET order_id = ${nobody} WHERE order_id = '${paid}'`,
  ],
  holds_have_order_and_stock: ({ paid }) => [
    ...unguarded("holds", "holds_stay"),
    `UPDATE holds SET order_id = ${nobody} WHERE order_id = '${paid}'`,
  ],
  movements_have_stock_and_hold: () => [
    ...unguarded("stock_movements", "movements_stay"),
    `UPDATE stock_movements SET hold_id = ${nobody} WHERE kind = 'release'`,
  ],
  entries_have_order_and_payment: ({ paid }) => [
    openLedger,
    `UPDATE ledger_entries SET order_id = ${nobody} WHERE order_id = '${paid}'`,
  ],
  keys_have_their_shop: ({ paid }) => [
    ...unguarded("idempotency_keys", "keys_stay"),
    `UPDATE idempotency_keys SET shop_id = ${nobody} WHERE resource_id = '${paid}'`,
  ],
};

/** The second reference of those that have two. */
export const otherOrphanBreakages: [string, Breakage][] = [
  [
    "lines_have_order_and_product",
    ({ paid }) => [
      ...unguarded("order_lines", "changed_lines_refer"),
      `UPDATE order_lines SET sku = 'none' WHERE order_id = '${paid}' AND sku = 'pot'`,
    ],
  ],
  [
    "holds_have_order_and_stock",
    ({ paid }) => [
      ...unguarded("holds", "holds_stay"),
      `UPDATE holds SET location = 'attic' WHERE order_id = '${paid}'`,
    ],
  ],
  [
    "movements_have_stock_and_hold",
    () => [
      ...unguarded("stock_movements", "movements_stay"),
      "UPDATE stock_movements SET location = 'attic' WHERE kind = 'release'",
    ],
  ],
  [
    "entries_have_order_and_payment",
    ({ paid }) => [
      openLedger,
      `UPDATE ledger_entries SET payment_id = ${nobody} WHERE order_id = '${paid}'`,
    ],
  ],
];
