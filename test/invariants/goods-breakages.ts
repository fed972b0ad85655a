import type { Breakage } from "./breakages.ts";

/** Further ways in which what is true of shipped, cancelled and returned goods can be broken. */
export const goodsBreakages: [string, Breakage][] = [
  [
    "orders_hold_what_they_promise",
    ({ completed }) => [
      `UPDATE holds SET status = 'sold' WHERE order_id = '${completed}' AND status = 'consumed'`,
    ],
  ],
  [
    "orders_hold_what_they_promise",
    ({ shipping }) => [
      `UPDATE cancelled_lines SET quantity = 2 WHERE cancellation_id IN (
         SELECT id FROM line_cancellations WHERE order_id = '${shipping}')`,
    ],
  ],
  [
    "every_hold_has_its_movements",
    ({ shipping }) => [
      "ALTER TABLE holds DROP CONSTRAINT a_part_is_not_alive",
      `UPDATE holds SET split_from = NULL WHERE order_id = '${shipping}' AND status = 'consumed'`,
    ],
  ],
  [
    "every_hold_has_its_movements",
    ({ completed }) => [
      `DELETE FROM stock_movements WHERE kind = 'ship'
       AND hold_id IN (SELECT id FROM holds WHERE order_id = '${completed}')`,
    ],
  ],
  [
    "shipped_goods_are_consumed",
    ({ completed }) => [
      `DELETE FROM shipment_lines
       WHERE shipment_id IN (SELECT id FROM shipments WHERE order_id = '${completed}')`,
    ],
  ],
  [
    "statuses_fit_the_goods",
    ({ shipping }) => [`UPDATE orders SET status = 'paid' WHERE id = '${shipping}'`],
  ],
  [
    "statuses_fit_the_goods",
    ({ completed }) => [`UPDATE orders SET status = 'fulfilling' WHERE id = '${completed}'`],
  ],
  [
    "goods_are_dealt_with_once",
    ({ shipping }) => [
      `UPDATE cancelled_lines SET quantity = 3 WHERE cancellation_id IN (
         SELECT id FROM line_cancellations WHERE order_id = '${shipping}')`,
    ],
  ],
  [
    "returned_goods_come_back_once",
    ({ shipping }) => [
      `DELETE FROM stock_movements WHERE return_id IN (
         SELECT id FROM returns WHERE order_id = '${shipping}')`,
    ],
  ],
  [
    "paid_means_captured",
    ({ completed }) => [
      `UPDATE payments SET captured_minor = captured_minor - 1 WHERE order_id = '${completed}'`,
    ],
  ],
];
