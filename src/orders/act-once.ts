import { createHash } from "node:crypto";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { claimKeys, giveBackKeys, type KeyClaim } from "../db/idempotency.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused, type Unavailable } from "../errors.ts";
import { type Advanced, together } from "./advance.ts";
import { lockEndings } from "./lock-endings.ts";
import { keyReused } from "./place-order.ts";

/** What a shop wants to be done to one of its orders, once per key. */
export type KeyedRequest = {
  orderId: string;
  shopId: string;
  idempotencyKey: string;
  fingerprint: Buffer;
  actor: string;
};

/** `id`: of what the key's first request made. */
export type KeyedOutcome =
  | { outcome: "done"; id: string; replayed: boolean }
  | { outcome: "refused"; error: Refused | Unavailable };

/**
 * Does to orders what their shops ask for, each request once per key. The orders and all that
 * belongs to them are locked in the one lock order first; then it goes request by request, since
 * each must see the one before. `act` makes something under the id that it is given.
 */
export async function actOnce<Request extends KeyedRequest>(
  trx: Trx,
  operation: string,
  requests: readonly Request[],
  act: (request: Request, id: string) => Promise<Advanced | Refused>,
): Promise<{ results: KeyedOutcome[] } & Advanced> {
  const claims = requests.map(
    ({ shopId, idempotencyKey: key, fingerprint }): KeyClaim => ({
      ...{ shopId, operation, key, fingerprint, resourceId: uuidv7() },
    }),
  );
  const verdicts = await claimKeys(trx, claims);
  const firsts = requests.filter((_, index) => verdicts[index]?.first);
  const known = await lockOrders(trx, firsts);

  const results: KeyedOutcome[] = [];
  const changes: Advanced[] = [];
  const refusals = new Map<string, KeyedOutcome>();
  for (const [index, request] of requests.entries()) {
    const verdict = verdicts[index];
    const { resourceId: id } = claims[index] as KeyClaim;
    if (verdict && !verdict.first) {
      results.push(
        "error" in verdict
          ? { outcome: "refused", error: verdict.error }
          : again(verdict, refusals.get(verdict.resourceId)),
      );
      continue;
    }
    const change = known.has(nameOf(request))
      ? await act(request, id)
      : new Refused("order_not_found", "There is no such order.");
    const isRefused = change instanceof Refused;
    results.push(
      isRefused ? { outcome: "refused", error: change } : { outcome: "done", id, replayed: false },
    );
    if (isRefused) refusals.set(id, { outcome: "refused", error: change });
    else changes.push(change);
  }
  await giveBackKeys(
    trx,
    claims.filter(({ resourceId }) => refusals.has(resourceId)),
  );
  return { results, ...together(...changes) };
}

/** `refused`: how its twin in this batch was refused, a moment ago. */
function again(
  { resourceId: id, sameRequest }: { resourceId: string; sameRequest: boolean },
  refused: KeyedOutcome | undefined,
): KeyedOutcome {
  if (!sameRequest) return { outcome: "refused", error: keyReused() };
  return refused ?? { outcome: "done", id, replayed: true };
}

async function lockOrders(trx: Trx, requests: readonly KeyedRequest[]): Promise<Set<string>> {
  const { rows } = await sql<{ orderId: string; shopId: string }>`
    SELECT id AS "orderId", shop_id AS "shopId" FROM orders
    WHERE (id, shop_id) IN (SELECT * FROM unnest(
      ${requests.map(({ orderId }) => orderId)}::uuid[],
      ${requests.map(({ shopId }) => shopId)}::uuid[]
    ))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  await lockEndings(
    trx,
    rows.map(({ orderId }) => orderId),
  );
  return new Set(rows.map(nameOf));
}

function nameOf({ orderId, shopId }: { orderId: string; shopId: string }): string {
  return `${orderId} ${shopId}`;
}

/** The same wish under the same key of the caller's, as the intention of the refund it leads to. */
export function intentionOf(
  kind: string,
  { orderId, idempotencyKey }: KeyedRequest,
  lines: readonly unknown[],
): string {
  const wish = JSON.stringify([kind, orderId, lines, idempotencyKey]);
  return createHash("sha256").update(wish).digest("hex");
}
