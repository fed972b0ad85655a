/** The pieces that the statements over a slice have in common: see slice.ts. */

/** A moment so many seconds after the order was placed. */
export function after(seconds: number | string): string {
  return `placed_at + make_interval(secs => ${seconds})`;
}

/** When a line of a history happened. */
export const at = after("after_seconds");

/** Where it stands in the feed: by its time, before all that has happened since. */
export const position = `$feed::bigint + floor(extract(epoch FROM ${at}) * 1000)::bigint`;

/** Each order beside the end of its history, or beside every line of it. */
export const pastAtEnd = "past JOIN line ON line.life = past.life AND is_last";
export const pastByLine = "past JOIN line ON line.life = past.life";

/** Both lines of an order, one after the other. */
export const goods = `CROSS JOIN LATERAL (VALUES
  (1, hold_a, sku_a, written_a, name_a, quantity_a, price_a),
  (2, hold_b, sku_b, written_b, name_b, quantity_b, price_b)
) AS goods (position, hold_id, sku, written_sku, name, quantity, price_minor)`;
