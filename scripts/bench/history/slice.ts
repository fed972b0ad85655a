import { sql } from "kysely";
import type { Trx } from "../../../src/db/transaction.ts";
import { historyLines, livesInTurn } from "./lives.ts";

/** Which of the orders: from the first to the last number, of so many in all. */
export type Slice = { first: number; last: number; orders: number };

/** Placed from so many days ago on, until so many: everything about them rests by then. */
const oldestDays = 390;
const youngestDays = 40;

/** A customer comes again: so many orders each, and every fourth one left a phone number. */
const ordersPerCustomer = 3;
const customersPerPhone = 4;
const shippingMinor = 350;

/** The last 60 bits of an order's id in the alphabet of src/orders/ids.ts, twelve signs. */
const numberSigns = sql.join(
  Array.from({ length: 12 }, (_, index) => {
    const sign = sql`substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
      ((bits >> ${sql.lit(5 * (11 - index))}) & 31)::integer + 1, 1)`;
    return index === 4 || index === 8 ? sql`'-' || ${sign}` : sign;
  }),
  sql` || `,
);

/**
 * A UUIDv7 of the row's moment, one of several with the same random end: `kind`, two hexadecimal
 * digits, tells them apart.
 */
const idOf = (kind: string) => sql.raw(`(stamp || '${kind}' || chance)::uuid`);

/** As src/orders/refunds/wanted-refund.ts makes it of the intention, whose hash this is. */
const refundId = sql`encode(set_byte(set_byte(hash, 6, get_byte(hash, 6) & 15 | 128),
  8, get_byte(hash, 8) & 63 | 128), 'hex')::uuid`;

/**
 * The orders of a slice, each with all that its rows in the tables have in common, and the lines
 * of their histories: temporary tables `past` and `line` of the transaction.
 */
export async function makeSlice(trx: Trx, slice: Slice): Promise<void> {
  await sql`
    CREATE TEMP TABLE line ON COMMIT DROP AS
    SELECT *, max(seq) OVER (PARTITION BY life) = seq AS is_last
    FROM jsonb_to_recordset(${JSON.stringify(historyLines())}::jsonb) AS l (
      life text, seq integer, event text, from_status text, to_status text, actor text,
      after_seconds integer, template text, channels text[])`.execute(trx);
  await sql`
    CREATE TEMP TABLE shelf ON COMMIT DROP AS
    SELECT sku, written_sku, name, price_minor, row_number() OVER (ORDER BY sku) - 1 AS nr
    FROM products JOIN stock USING (sku)
    WHERE location = 'main' AND active AND price_minor > 0
      AND currency = (SELECT currency FROM shops ORDER BY created_at, id LIMIT 1)`.execute(trx);
  await sql`
    CREATE TEMP TABLE past ON COMMIT DROP AS
    WITH numbered AS (
      SELECT n, (${livesInTurn}::text[])[n * 37 % ${livesInTurn.length} + 1] AS life,
        now() - make_interval(days => ${oldestDays})
          + make_interval(days => ${oldestDays - youngestDays}) * (n::float8 / ${slice.orders})
          AS placed_at,
        n * 7919::bigint % size AS place, size
      FROM generate_series(${slice.first}::integer, ${slice.last}::integer) AS n,
        (SELECT count(*) AS size FROM shelf) AS sized
    ), stamped AS (
      SELECT *, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' AS stamp,
        substr(gen_random_uuid()::text, 18) AS chance
      FROM (
        SELECT *, lpad(to_hex(floor(extract(epoch FROM placed_at) * 1000)::bigint), 12, '0') AS hex
        FROM numbered
      ) AS timed
    ), named AS (
      SELECT stamped.*, ${idOf("01")} AS order_id, ${idOf("02")} AS payment_id,
        ${idOf("03")} AS hold_a, ${idOf("04")} AS hold_b, ${idOf("05")} AS shipment_id,
        ${idOf("06")} AS return_id, md5(chance) AS letters,
        1 + n % 3 AS quantity_a, 1 AS quantity_b,
        CASE WHEN n % 2 = 0 THEN ${shippingMinor} ELSE 0 END AS shipping_minor
      FROM stamped
    )
    SELECT named.*, 'pi_' || left(letters, 24) AS intent_id, shop.id AS shop_id, shop.currency,
      ${numberSigns} AS number,
      a.sku AS sku_a, a.written_sku AS written_a, a.name AS name_a, a.price_minor AS price_a,
      b.sku AS sku_b, b.written_sku AS written_b, b.name AS name_b, b.price_minor AS price_b,
      quantity_a * a.price_minor + quantity_b * b.price_minor + shipping_minor AS total_minor,
      ${refundId} AS refund_id,
      CASE life WHEN 'refunded' THEN quantity_a * a.price_minor + quantity_b * b.price_minor
        + shipping_minor WHEN 'returned' THEN a.price_minor END AS refund_minor,
      life IN ('completed', 'declined', 'returned', 'refunded') AS is_paid,
      life IN ('completed', 'declined', 'returned') AS is_shipped,
      n / ${ordersPerCustomer} AS customer,
      n / ${ordersPerCustomer} % ${customersPerPhone} = 0 AS has_phone
    FROM (
      SELECT *, ('x0' || right(replace(order_id::text, '-', ''), 15))::bit(64)::bigint AS bits,
        substr(sha256(convert_to(intention, 'UTF8')), 1, 16) AS hash
      FROM (
        SELECT *, CASE life WHEN 'refunded' THEN 'order_cancelled:' || payment_id
          WHEN 'returned' THEN 'returned:' || return_id END AS intention
        FROM named
      ) AS meant
    ) AS named
    JOIN shelf AS a ON a.nr = place
    JOIN shelf AS b ON b.nr = (place + 1 + n % (size - 1)) % size
    CROSS JOIN (SELECT id, currency FROM shops ORDER BY created_at, id LIMIT 1) AS shop
    ORDER BY n`.execute(trx);
}
