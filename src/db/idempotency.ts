import { sql } from "kysely";
import { Unavailable } from "../errors.ts";
import type { Trx } from "./transaction.ts";

/** A request that wants its key, and what it would make. */
export type KeyClaim = {
  shopId: string;
  operation: string;
  key: string;
  /** A keyed hash of the request: the same key with another request is a mistake. */
  fingerprint: Buffer;
  resourceId: string;
};

/** Whether the claim is the key's first; if not, what the first one made, or why not. */
export type KeyVerdict =
  | { first: true }
  | { first: false; resourceId: string; sameRequest: boolean }
  | { first: false; error: Unavailable };

/** The code of a claim whose key is at work in another transaction: ask again in a moment. */
export const keyInUse = "key_in_use";

/**
 * Claims idempotency keys in the transaction of the requests' own effects. A twin in the same
 * batch counts as later. A twin that is at work elsewhere is not waited for, since the whole
 * batch would wait with it: its claim is told so.
 */
export async function claimKeys(trx: Trx, claims: readonly KeyClaim[]): Promise<KeyVerdict[]> {
  // Sorted by the unique key: two batches with the same keys must not wait in a circle.
  const { rows: won } = await sql<{ resource_id: string }>`
    WITH wanted AS (
      SELECT * FROM unnest(
        ${claims.map((claim) => claim.shopId)}::uuid[],
        ${claims.map((claim) => claim.operation)}::text[],
        ${claims.map((claim) => claim.key)}::text[],
        ${claims.map((claim) => claim.fingerprint)}::bytea[],
        ${claims.map((claim) => claim.resourceId)}::text[]
      ) WITH ORDINALITY AS w (shop_id, operation, key, fingerprint, resource_id, nr)
    ), free AS MATERIALIZED (
      SELECT * FROM wanted WHERE pg_try_advisory_xact_lock(
        hashtextextended(concat_ws(' ', shop_id, operation, key), 0))
    )
    INSERT INTO idempotency_keys (shop_id, operation, key, fingerprint, resource_id)
    SELECT shop_id, operation, key, fingerprint, resource_id FROM free
    ORDER BY shop_id, operation, key, nr
    ON CONFLICT DO NOTHING RETURNING resource_id`.execute(trx);
  if (won.length === claims.length) return claims.map(() => ({ first: true }));

  const winners = new Set(won.map((row) => row.resource_id));
  const known = await readKeys(trx, claims);
  return claims.map((claim) => {
    if (winners.has(claim.resourceId)) return { first: true };
    const earlier = known.get(nameOf(claim));
    if (!earlier) {
      const message = "Another request is at work under this Idempotency-Key.";
      return { first: false, error: new Unavailable(keyInUse, message) };
    }
    return {
      first: false,
      resourceId: earlier.resource_id,
      sameRequest: earlier.fingerprint.equals(claim.fingerprint),
    };
  });
}

/** Gives keys back whose request was refused: the same key may carry the corrected one. */
export async function giveBackKeys(trx: Trx, claims: readonly KeyClaim[]): Promise<void> {
  if (claims.length === 0) return;
  await sql`
    DELETE FROM idempotency_keys USING unnest(
      ${claims.map((claim) => claim.shopId)}::uuid[],
      ${claims.map((claim) => claim.operation)}::text[],
      ${claims.map((claim) => claim.key)}::text[]
    ) AS c (shop_id, operation, key)
    WHERE idempotency_keys.shop_id = c.shop_id AND idempotency_keys.operation = c.operation
      AND idempotency_keys.key = c.key`.execute(trx);
}

type KnownKey = {
  shop_id: string;
  operation: string;
  key: string;
  resource_id: string;
  fingerprint: Buffer;
};

async function readKeys(trx: Trx, claims: readonly KeyClaim[]): Promise<Map<string, KnownKey>> {
  const { rows } = await sql<KnownKey>`
    SELECT shop_id, operation, key, resource_id, fingerprint FROM idempotency_keys
    JOIN unnest(
      ${claims.map((claim) => claim.shopId)}::uuid[],
      ${claims.map((claim) => claim.operation)}::text[],
      ${claims.map((claim) => claim.key)}::text[]
    ) AS c (shop_id, operation, key) USING (shop_id, operation, key)`.execute(trx);
  return new Map(rows.map((row) => [nameOf({ ...row, shopId: row.shop_id }), row] as const));
}

function nameOf(claim: Pick<KeyClaim, "shopId" | "operation" | "key">): string {
  return `${claim.shopId} ${claim.operation} ${claim.key}`;
}
