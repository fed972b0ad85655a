import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { type ClaimedDelivery, claimDeliveries } from "../../src/webhooks/claim-deliveries.ts";
import { probeEndpoints } from "../../src/webhooks/probe-endpoints.ts";
import { saveOutcomes } from "../../src/webhooks/save-outcomes.ts";
import { listenTo } from "../invariants/told-world.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockProduct } from "../support/shop.ts";

/** An endpoint, and the first event that it is to hear of. */
export type Told = { shop: Awaited<ReturnType<typeof openShop>>; endpointId: string; id: string };

type Endpoint = Pick<Told, "endpointId">;
type Desk = { db: Db; settings: Settings };

/** The database's part of telling endpoints, step by step: no call is made. */
export function useTold() {
  const database = useDatabase();
  const desk = {} as Desk;
  beforeAll(() => {
    const settings = testSettings(database.url);
    Object.assign(desk, { settings, db: connect(settings, quiet) });
  });
  afterAll(() => desk.db?.destroy());
  const telling = tellingAt(desk);
  return { desk, ...telling, ...eventsAt(desk, telling.tryIt), ...clocksAt(desk, telling.claim) };
}

function tellingAt(desk: Desk) {
  async function claim(id: string): Promise<ClaimedDelivery | null> {
    const { db, settings } = desk;
    const claimed = await inTransaction(db, (trx) => claimDeliveries(trx, settings, [id]));
    return claimed.get(id) ?? null;
  }

  /** What came of it is booked: by default a refusal. */
  async function save(
    delivery: ClaimedDelivery,
    outcome: { reason?: string | null; retryAfterSeconds?: number | null } = {},
  ): Promise<void> {
    const refused = { httpStatus: 503, reason: "It answered 503.", answer: null };
    const all = { ...delivery, ...refused, milliseconds: 5, retryAfterSeconds: null, ...outcome };
    await inTransaction(desk.db, (trx) => saveOutcomes(trx, desk.settings, [all]));
  }

  /** One try that fails; null where it was not to be tried. */
  async function tryIt({ id }: Pick<Told, "id">, retryAfterSeconds: number | null = null) {
    const delivery = await claim(id);
    if (!delivery) return null;
    await save(delivery, { retryAfterSeconds });
    return await look(id);
  }

  async function look(id: string) {
    const { rows } = await sql<{ status: string; wait: number; reason: string | null }>`
      SELECT status, extract(epoch FROM ready_at - now())::float8 AS wait, reason
      FROM webhook_deliveries WHERE id = ${id}`.execute(desk.db);
    return rows[0] ?? { status: "gone", wait: 0, reason: null };
  }

  return { claim, save, tryIt, look };
}

function eventsAt(desk: Desk, tryIt: (told: Told) => Promise<unknown>) {
  let made = 0;

  /** An endpoint of a shop of its own, told only of orders that are placed. */
  async function toldOnce(): Promise<Told> {
    const shop = await openShop(desk.db);
    const endpointId = await listenTo(desk.db, shop.id);
    await sql`UPDATE webhook_endpoints SET event_types = '{placed}'`.execute(desk.db);
    return { shop, endpointId, id: await toldMore({ shop, endpointId }) };
  }

  /** One event more; answers its delivery. */
  async function toldMore({ shop, endpointId }: Omit<Told, "id">): Promise<string> {
    const sku = `scheduled-${++made}`;
    await stockProduct(desk.db, sku, 5);
    await placed(desk.db, desk.settings, requestOf(shop, [{ sku, quantity: 1 }]));
    const { id } = await desk.db
      .selectFrom("webhook_deliveries")
      .select("id")
      .where("endpoint_id", "=", endpointId)
      .orderBy("nr", "desc")
      .executeTakeFirstOrThrow();
    return id;
  }

  /** An endpoint that refused the first event five times in a row. */
  async function toldInVain(): Promise<Told> {
    const told = await toldOnce();
    for (let failures = 0; failures < 5; failures++) {
      await tryIt(told);
      await sql`UPDATE webhook_deliveries SET ready_at = now() WHERE id = ${told.id}`.execute(
        desk.db,
      );
    }
    return told;
  }

  return { toldOnce, toldMore, toldInVain };
}

function clocksAt(desk: Desk, claim: (id: string) => Promise<ClaimedDelivery | null>) {
  /** Lets time pass for the delivery: all its moments move into the past. */
  async function pass({ id }: Pick<Told, "id">, seconds: number): Promise<void> {
    await sql`UPDATE webhook_deliveries SET
      created_at = created_at - make_interval(secs => ${seconds}), due_at = now(),
      ready_at = ready_at - make_interval(secs => ${seconds}),
      claimed_at = claimed_at - make_interval(secs => ${seconds})
      WHERE id = ${id}`.execute(desk.db);
  }

  /** Lets time pass for the endpoint that fails. */
  async function down({ endpointId }: Endpoint, seconds: number): Promise<void> {
    await sql`UPDATE webhook_endpoints SET
      down_since = down_since - make_interval(secs => ${seconds})
      WHERE id = ${endpointId}`.execute(desk.db);
  }

  /** The endpoint's clock rings; answers what it is asked with, claimed for sending. */
  async function ring({ endpointId }: Endpoint): Promise<ClaimedDelivery | null> {
    const { db, settings } = desk;
    const { probes } = await inTransaction(db, (trx) =>
      probeEndpoints(trx, settings, [endpointId]),
    );
    if (!probes.some(({ act }) => act === "let_through" || act === "trial")) return null;
    const { probe_id: id } = await endpointOf({ endpointId });
    return id === null ? null : await claim(id);
  }

  function endpointOf({ endpointId }: Endpoint) {
    return desk.db
      .selectFrom("webhook_endpoints")
      .selectAll()
      .where("id", "=", endpointId)
      .executeTakeFirstOrThrow();
  }

  return { pass, down, ring, endpointOf };
}
