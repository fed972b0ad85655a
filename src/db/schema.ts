import type { Generated, JSONColumnType } from "kysely";
import type { HoldStatus, MovementKind } from "../inventory/lifecycle.ts";
import type {
  Channel,
  Delivery,
  MessageStatus,
  MessageTemplate,
  StaffTemplate,
} from "../notifications/lifecycle.ts";
import type { Closing, OrderEvent, OrderRemark, OrderStatus } from "../orders/lifecycle.ts";
import type { FulfilmentTables } from "./fulfilment-schema.ts";
import type { MoneyTables, Waits } from "./money-schema.ts";
import type { OpsTables } from "./ops-schema.ts";
import type { TellingTables } from "./telling-schema.ts";
import type { WebhookTables } from "./webhook-schema.ts";

/** The tables, as the migrations make them: test/db/schema.test.ts holds the two together. */
export interface Database
  extends MoneyTables,
    FulfilmentTables,
    OpsTables,
    WebhookTables,
    TellingTables {
  installation: {
    only_one: Generated<boolean>;
    id: Generated<string>;
    created_at: Generated<Date>;
    stripe_account: string | null;
    livemode: boolean | null;
    database_identity: string | null;
    stamped_at: Date | null;
    stopped_because: string | null;
  };
  installation_acts: {
    id: Generated<number>;
    act: "keep" | "renew";
    reason: string;
    actor: string;
    was: JSONColumnType<Record<string, unknown>>;
    at: Generated<Date>;
  };
  shops: {
    id: string;
    name: string;
    currency: string;
    origins: Generated<string[]>;
    created_at: Generated<Date>;
  };
  api_keys: {
    id: string;
    shop_id: string;
    kind: "publishable" | "secret";
    hash: Buffer;
    prefix: string;
    created_at: Generated<Date>;
    revoked_at: Date | null;
  };
  products: {
    sku: string;
    written_sku: string;
    name: string;
    price_minor: number;
    currency: string;
    active: Generated<boolean>;
    updated_at: Generated<Date>;
  };
  stock: {
    sku: string;
    location: Generated<string>;
    on_hand: Generated<number>;
    reserved: Generated<number>;
    safety: Generated<number>;
  };
  orders: Waits & {
    id: string;
    shop_id: string;
    number: string;
    status: OrderStatus;
    closing: Closing | null;
    attention: string | null;
    version: number;
    currency: string;
    total_minor: number;
    locale: string;
    customer_ref: string | null;
    token_version: Generated<number>;
    placed_at: Generated<Date>;
    expires_at: Date | null;
    held_at: Date | null;
    pays_by_link: Generated<boolean>;
    feed_position: Generated<number>;
    settled_at: Date | null;
  };
  order_lines: {
    order_id: string;
    position: number;
    sku: string;
    written_sku: string;
    name: string;
    quantity: number;
    unit_price_minor: number;
  };
  order_adjustments: {
    order_id: string;
    position: number;
    kind: "shipping" | "discount" | "tax";
    name: string;
    amount_minor: number;
  };
  order_contacts: {
    order_id: string;
    key_id: string;
    sealed: Buffer;
    email_hash: Buffer;
    phone_hash: Buffer | null;
    erase_at: Date | null;
  };
  order_events: {
    order_id: string;
    seq: number;
    event: OrderEvent | OrderRemark;
    from_status: OrderStatus | null;
    to_status: OrderStatus;
    actor: string;
    detail: JSONColumnType<Record<string, unknown>>;
    at: Generated<Date>;
    shop_id: string;
    feed_position: Generated<number>;
  };
  feed_clock: { only_one: Generated<boolean>; generation: Generated<number> };
  order_edits: {
    order_id: string;
    goods: JSONColumnType<Record<string, unknown>>;
    difference: JSONColumnType<Record<string, unknown>>;
    actor: string;
    created_at: Generated<Date>;
  };
  idempotency_keys: {
    shop_id: string;
    operation: string;
    key: string;
    fingerprint: Buffer;
    resource_id: string;
    created_at: Generated<Date>;
  };
  holds: {
    id: string;
    order_id: string;
    sku: string;
    location: string;
    quantity: number;
    status: Generated<HoldStatus>;
    created_at: Generated<Date>;
    changed_at: Generated<Date>;
    split_from: string | null;
  };
  stock_movements: {
    id: Generated<number>;
    sku: string;
    location: string;
    kind: MovementKind;
    on_hand_delta: Generated<number>;
    reserved_delta: Generated<number>;
    hold_id: string | null;
    reason: string | null;
    actor: string;
    at: Generated<Date>;
    return_id: string | null;
  };
  notifications: Waits & {
    id: string;
    order_id: string | null;
    seq: number | null;
    template: MessageTemplate | StaffTemplate;
    channel: Channel;
    recipient: Generated<string>;
    status: Generated<MessageStatus>;
    tries: Generated<number>;
    unknowns: Generated<number>;
    claimed_at: Date | null;
    sent_at: Date | null;
    provider_id: string | null;
    reason: string | null;
    created_at: Generated<Date>;
    resend_of: string | null;
    delivery: Delivery | null;
    delivery_at: Date | null;
    delivery_reason: string | null;
    delivery_told_at: Date | null;
    letter: JSONColumnType<Record<string, unknown>> | null;
  };
  heartbeats: {
    instance: string;
    role: string;
    at: Generated<Date>;
    started_at: Generated<Date>;
  };
}
