import { sql } from "kysely";
import { inTransaction } from "../../../src/db/transaction.ts";
import { claimDeliveries } from "../../../src/webhooks/claim-deliveries.ts";
import { saveOutcomes } from "../../../src/webhooks/save-outcomes.ts";
import { listenTo } from "../../invariants/told-world.ts";
import type { Paying, PayingShop } from "../../support/paying.ts";

/** Another system that does not take what it is told. */
export function deafListener({ db, settings, shop }: PayingShop) {
  return {
    /** An order of which a system was to hear so many days ago that it was paid: it refused. */
    async unheard(sell: () => Promise<Paying>, daysAgo: number): Promise<Paying> {
      const endpointId = await listenTo(db, shop.id);
      await sql`UPDATE webhook_endpoints SET event_types = '{payment_captured}'
        WHERE id = ${endpointId}`.execute(db);
      const paying = await sell();
      // Nobody else's orders are told of here.
      await sql`UPDATE webhook_endpoints SET event_types = '{}' WHERE id = ${endpointId}`.execute(
        db,
      );
      await sql`UPDATE webhook_deliveries
        SET created_at = now() - make_interval(days => ${daysAgo}, secs => 61)
        WHERE endpoint_id = ${endpointId}`.execute(db);
      const { rows } = await sql<{ id: string }>`
        SELECT id FROM webhook_deliveries WHERE endpoint_id = ${endpointId}`.execute(db);
      const ids = rows.map(({ id }) => id);
      const claimed = await inTransaction(db, (trx) => claimDeliveries(trx, settings, ids));
      const outcomes = [...claimed.values()].map((delivery) => ({
        ...delivery,
        ...{ milliseconds: 5, httpStatus: 500, reason: "It answered 500.", answer: null },
        retryAfterSeconds: null,
      }));
      await inTransaction(db, (trx) => saveOutcomes(trx, settings, outcomes));
      return paying;
    },
  };
}
