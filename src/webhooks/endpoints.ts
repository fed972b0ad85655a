import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import type { EndpointStatus } from "./lifecycle.ts";
import type { SecretSafe } from "./secrets.ts";

/** An endpoint as those may see it who manage it; its secrets are not among it. */
export type Endpoint = {
  id: string;
  shopId: string;
  url: string;
  description: string | null;
  /** By their names in a history; null for all. */
  eventTypes: string[] | null;
  payloadVersion: number;
  status: EndpointStatus;
  /** Who disabled it: `failure`, or a person. */
  disabledBy: string | null;
  version: number;
  failures: number;
  downSince: Date | null;
  /** Why its last calls failed. */
  failure: string | null;
  nextProbeAt: Date | null;
  lastSuccessAt: Date | null;
  /** Until when the secret before is still good. */
  oldSecretUntil: Date | null;
  createdAt: Date;
};

/** Which endpoint; null for those who may look into every shop. */
export type EndpointPlace = { id: string; shopId: string | null };

/** What may be said of an endpoint; what is left out stays as it is. */
export type EndpointWish = {
  url?: string | undefined;
  description?: string | null | undefined;
  eventTypes?: string[] | null | undefined;
  status?: "enabled" | "disabled" | undefined;
};

const payloadVersion = 1;
/** Each event costs a row for each of them. */
const mostEndpoints = 20;

export const endpointColumns = sql`
  id, shop_id AS "shopId", url, description, event_types AS "eventTypes",
  payload_version AS "payloadVersion", status, disabled_by AS "disabledBy", version, failures,
  down_since AS "downSince", failure, due_at AS "nextProbeAt",
  last_success_at AS "lastSuccessAt", CASE WHEN old_until > now() THEN old_until END
    AS "oldSecretUntil", created_at AS "createdAt"`;

export async function listEndpoints(db: Db | Trx, shopId: string): Promise<Endpoint[]> {
  const { rows } = await sql<Endpoint>`
    SELECT ${endpointColumns} FROM webhook_endpoints
    WHERE shop_id = ${shopId}::uuid AND status <> 'deleted' ORDER BY created_at, id`.execute(db);
  return rows;
}

/** @throws Refused where the shop has no such endpoint */
export async function readEndpoint(db: Db | Trx, { id, shopId }: EndpointPlace): Promise<Endpoint> {
  const { rows } = await sql<Endpoint>`
    SELECT ${endpointColumns} FROM webhook_endpoints
    WHERE id = ${id}::uuid AND shop_id = coalesce(${shopId}::uuid, shop_id)
      AND status <> 'deleted'`.execute(db);
  if (rows[0]) return rows[0];
  throw new Refused("endpoint_not_found", "There is no such webhook endpoint. Check its id.");
}

/** Writes a new endpoint: every event from now on is for it. */
export async function insertEndpoint(
  trx: Trx,
  secrets: SecretSafe,
  wish: EndpointWish & { id: string; shopId: string; url: string; secret: string },
): Promise<void> {
  const { id, shopId, url, secret, description = null, eventTypes = null } = wish;
  // Two at once must not both be the last that fits.
  await sql`SELECT FROM shops WHERE id = ${shopId}::uuid FOR NO KEY UPDATE`.execute(trx);
  const others = await listEndpoints(trx, shopId);
  if (others.length >= mostEndpoints) {
    throw new Refused(
      "too_many_endpoints",
      `A shop has at most ${mostEndpoints} webhook endpoints. Delete one that nobody needs.`,
    );
  }
  const { keyId, sealed } = secrets.seal(secret);
  await sql`
    INSERT INTO webhook_endpoints
      (id, shop_id, url, description, event_types, payload_version, key_id, sealed)
    VALUES (${id}::uuid, ${shopId}::uuid, ${url}, ${description}, ${eventTypes}::text[],
      ${payloadVersion}, ${keyId}, ${sealed})`.execute(trx);
}

/** Changes what is wished for. Enabled anew, it is well until it fails; disabled, nothing waits. */
export async function changeEndpoint(
  trx: Trx,
  place: EndpointPlace & { actor: string },
  wish: EndpointWish,
): Promise<Endpoint> {
  const { id, actor } = place;
  await lockEndpoint(trx, id);
  const before = await readEndpoint(trx, place);
  const { url, description, eventTypes } = { ...before, ...withoutUndefined(wish) };
  const wasOn = before.status !== "disabled";
  const isOn = wish.status === undefined ? wasOn : wish.status === "enabled";
  const status = isOn ? (wasOn ? before.status : "enabled") : "disabled";
  const isSameCircuit = status === before.status && url === before.url;
  const listensAnew = isOn && (!wasOn || String(eventTypes) !== String(before.eventTypes));
  // Another address is another server: what failed before says nothing of it.
  await sql`
    UPDATE webhook_endpoints SET url = ${url}, description = ${description},
      event_types = ${eventTypes}::text[], version = version + 1,
      status = CASE WHEN ${isSameCircuit} OR ${!isOn} THEN ${status} ELSE 'enabled' END,
      disabled_by = CASE WHEN ${isOn} THEN NULL WHEN ${wasOn} THEN ${actor} ELSE disabled_by END,
      listens_since = CASE WHEN ${listensAnew} THEN now() ELSE listens_since END,
      failures = CASE WHEN ${isSameCircuit} THEN failures ELSE 0 END,
      down_since = CASE WHEN ${isSameCircuit} THEN down_since END,
      failure = CASE WHEN ${isSameCircuit} THEN failure END,
      probe_id = CASE WHEN ${isSameCircuit} THEN probe_id END,
      due_at = CASE WHEN ${isSameCircuit} THEN due_at END
    WHERE id = ${id}::uuid`.execute(trx);
  if (!isOn && wasOn) await dropWaiting(trx, id, "The endpoint is disabled.");
  return readEndpoint(trx, place);
}

/** Forgets the endpoint and its secrets; its log stays until it is old. */
export async function deleteEndpoint(
  trx: Trx,
  place: { id: string; shopId: string },
): Promise<void> {
  await lockEndpoint(trx, place.id);
  await readEndpoint(trx, place);
  await sql`
    UPDATE webhook_endpoints SET status = 'deleted', version = version + 1, due_at = NULL,
      probe_id = NULL, key_id = NULL, sealed = NULL, old_key_id = NULL, old_sealed = NULL,
      old_until = NULL
    WHERE id = ${place.id}::uuid`.execute(trx);
  await dropWaiting(trx, place.id, "The endpoint is deleted.");
}

/** A new secret signs from now on; the one before it too, for so many hours. */
export async function rotateSecret(
  trx: Trx,
  secrets: SecretSafe,
  place: { id: string; shopId: string },
  { secret, overlapHours }: { secret: string; overlapHours: number },
): Promise<Endpoint> {
  await lockEndpoint(trx, place.id);
  await readEndpoint(trx, place);
  const { keyId, sealed } = secrets.seal(secret);
  const keeps = overlapHours > 0;
  await sql`
    UPDATE webhook_endpoints SET key_id = ${keyId}, sealed = ${sealed}, version = version + 1,
      old_key_id = CASE WHEN ${keeps} THEN key_id END,
      old_sealed = CASE WHEN ${keeps} THEN sealed END,
      old_until = CASE WHEN ${keeps}
        THEN now() + make_interval(secs => ${overlapHours * 3_600}) END
    WHERE id = ${place.id}::uuid`.execute(trx);
  return readEndpoint(trx, place);
}

/** The secret that signs now, for an answer that repeats an earlier one; null without its key. */
export async function presentSecret(
  trx: Trx,
  secrets: SecretSafe,
  id: string,
): Promise<string | null> {
  const { rows } = await sql<{ keyId: string; sealed: Buffer }>`
    SELECT key_id AS "keyId", sealed FROM webhook_endpoints
    WHERE id = ${id}::uuid AND sealed IS NOT NULL`.execute(trx);
  return rows[0] ? secrets.open(rows[0]) : null;
}

/** Whoever claims deliveries or books outcomes takes this lock first, too. */
export async function lockEndpoint(trx: Trx, id: string): Promise<void> {
  await sql`SELECT FROM webhook_endpoints WHERE id = ${id}::uuid FOR NO KEY UPDATE`.execute(trx);
}

/** What waits is not sent any more; what is being sent is over by itself. */
async function dropWaiting(trx: Trx, id: string, reason: string): Promise<void> {
  await sql`
    WITH waiting AS MATERIALIZED (
      SELECT id FROM webhook_deliveries WHERE endpoint_id = ${id}::uuid
        AND status IN ('pending', 'parked') AND due_at IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE webhook_deliveries AS d SET status = 'dropped', reason = ${reason}, due_at = NULL,
      ended_at = now()
    FROM waiting WHERE d.id = waiting.id`.execute(trx);
}

function withoutUndefined(wish: EndpointWish): Omit<EndpointWish, "status"> {
  const given = Object.entries(wish).filter(
    ([name, value]) => value !== undefined && name !== "status",
  );
  return Object.fromEntries(given);
}
