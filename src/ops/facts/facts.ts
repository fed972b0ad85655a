import type { HoldStatus } from "../../inventory/lifecycle.ts";
import type {
  Channel,
  Delivery,
  MessageStatus,
  MessageTemplate,
} from "../../notifications/lifecycle.ts";
import type { FulfilmentView } from "../../orders/fulfilment/fulfilment-view.ts";
import type { WantedGoods } from "../../orders/fulfilment/goods.ts";
import type { Kin } from "../../orders/kin.ts";
import type { Closing, OrderEvent, OrderRemark, OrderStatus } from "../../orders/lifecycle.ts";
import type { Adjustment, PricedLine } from "../../orders/price-orders.ts";
import type { FoundJob } from "../../queues/find-jobs.ts";
import type { DeliveryFact } from "./delivery-facts.ts";
import type {
  BreakFact,
  DisputeFact,
  InboxFact,
  PaymentFact,
  RefundFact,
  StripeRecord,
} from "./money-facts.ts";
import type { Waiting } from "./waiting.ts";

/**
 * Everything that is known of one order, read once. A diagnosis, a dry run and the order's page
 * are made of this and of nothing else. Amounts in minor units.
 */
export type OrderFacts = {
  /** PostgreSQL's clock when the facts were read. */
  now: Date;
  order: OrderFact;
  lines: PricedLine[];
  adjustments: Adjustment[];
  events: EventFact[];
  payments: PaymentFact[];
  refunds: RefundFact[];
  disputes: DisputeFact[];
  holds: HoldFact[];
  /** What was shipped, cancelled and returned of a paid order. */
  fulfilment: FulfilmentView;
  /** What of it was cancelled with the word that its money stays with the shop. */
  keptGoods: WantedGoods[];
  messages: MessageFact[];
  /** What staff was told by the rules of the configuration. */
  staffMessages: StaffMessageFact[];
  /** What other systems were told of it, by webhooks out. */
  deliveries: DeliveryFact[];
  /** Stripe's events in our inbox that are about this order's payments. */
  inbox: InboxFact[];
  breaks: BreakFact[];
  acts: ActFact[];
  /** The orders of which one at most is to be paid beside it; null where one reads many orders. */
  kin: Kin[] | null;
  /**
   * Jobs of its rows that are in a queue at this moment, one that carries two of them twice; null
   * when Redis could not be asked. One that carries several rows may be too far back in its line
   * to be found: that a row has none is no proof.
   */
  jobs: FoundJob[] | null;
  stripe: StripeRecord;
  /** Why nothing may be written to Stripe, or null. */
  writesStopped: string | null;
  /** How long a hold may last at most, from the moment of holding, in minutes. */
  holdMaxMinutes: number;
};

export type OrderFact = Waiting & {
  id: string;
  shopId: string;
  shopName: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  attention: string | null;
  /** The seq of its last event, and its ETag. */
  version: number;
  currency: string;
  totalMinor: number;
  locale: string;
  customerRef: string | null;
  tokenVersion: number;
  placedAt: Date;
  expiresAt: Date | null;
  heldAt: Date | null;
  paysByLink: boolean;
  /** What happened until then a person has dealt with. */
  settledAt: Date | null;
  /** By the ledger. */
  capturedMinor: number;
  refundedMinor: number;
  /** Whether there is somebody whom an SMS reaches. */
  hasPhone: boolean;
  /** The sealed contact, or null once the person was erased. */
  contact: { key_id: string; sealed: Buffer } | null;
};

export type EventFact = {
  seq: number;
  event: OrderEvent | OrderRemark;
  from: OrderStatus | null;
  to: OrderStatus;
  actor: string;
  detail: Record<string, unknown>;
  at: Date;
};

export type HoldFact = {
  id: string;
  sku: string;
  location: string;
  quantity: number;
  status: HoldStatus;
  createdAt: Date;
  changedAt: Date;
};

export type MessageFact = Waiting & {
  id: string;
  seq: number;
  template: MessageTemplate;
  channel: Channel;
  status: MessageStatus;
  tries: number;
  unknowns: number;
  claimedAt: Date | null;
  sentAt: Date | null;
  providerId: string | null;
  reason: string | null;
  createdAt: Date;
  /** The message that this one repeats, or null. */
  resendOf: string | null;
  /** What its supplier told of it since; null while nothing is known. */
  delivery: Delivery | null;
  deliveryAt: Date | null;
  deliveryReason: string | null;
  /** When we were told so. */
  deliveryToldAt: Date | null;
};

export type StaffMessageFact = Omit<MessageFact, "template"> & { event: EventFact["event"] };

export type ActFact = {
  id: string;
  actor: string;
  act: string;
  subject: string | null;
  reason: string;
  outcome: Record<string, unknown>;
  at: Date;
};
