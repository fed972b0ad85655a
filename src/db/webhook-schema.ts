import type { Generated } from "kysely";
import type { DeliveryKind, DeliveryStatus, EndpointStatus } from "../webhooks/lifecycle.ts";
import type { Waits } from "./money-schema.ts";

/** The tables of webhooks out: whom we tell, of what, and how it went. */
export interface WebhookTables {
  webhook_endpoints: Waits & {
    id: string;
    shop_id: string;
    url: string;
    description: string | null;
    event_types: string[] | null;
    payload_version: Generated<number>;
    status: Generated<EndpointStatus>;
    disabled_by: string | null;
    listens_since: Generated<Date>;
    version: Generated<number>;
    key_id: string | null;
    sealed: Buffer | null;
    old_key_id: string | null;
    old_sealed: Buffer | null;
    old_until: Date | null;
    failures: Generated<number>;
    down_since: Date | null;
    failure: string | null;
    probe_id: string | null;
    last_success_at: Date | null;
    created_at: Generated<Date>;
  };
  webhook_deliveries: Waits & {
    id: Generated<string>;
    nr: Generated<number>;
    endpoint_id: string;
    kind: Generated<DeliveryKind>;
    order_id: string | null;
    seq: number | null;
    replay_of: string | null;
    status: DeliveryStatus;
    version: Generated<number>;
    tries: Generated<number>;
    ready_at: Generated<Date>;
    claimed_at: Date | null;
    http_status: number | null;
    reason: string | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
  webhook_attempts: {
    delivery_id: string;
    nr: number;
    at: Date;
    milliseconds: number;
    http_status: number | null;
    reason: string | null;
    answer: string | null;
  };
}
