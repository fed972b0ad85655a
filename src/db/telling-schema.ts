import type { Generated, JSONColumnType } from "kysely";
import type { Channel, Delivery } from "../notifications/lifecycle.ts";

/** The tables of what suppliers tell of our messages, and of what staff is told. */
export interface TellingTables {
  delivery_reports: {
    id: string;
    notification_id: string;
    delivery: Delivery;
    reason: string | null;
    at: Date;
    received_at: Generated<Date>;
  };
  staff_rules: {
    id: number;
    event: string;
    minimums: JSONColumnType<Record<string, number>> | null;
    sku: string | null;
    channel: Channel;
    recipient: string;
  };
  alarms: {
    id: string;
    order_id: string | null;
    code: string;
    status: Generated<"shown" | "raised" | "gone" | "over">;
    shown_at: Generated<Date>;
    raised_at: Date | null;
    gone_at: Date | null;
    due_at: Date | null;
  };
  alarm_rounds: { only_one: Generated<boolean>; due_at: Generated<Date> };
}
