import type { Generated } from "kysely";

/** The tables of what became of an order's goods: shipped, cancelled, returned. */
export interface FulfilmentTables {
  shipments: {
    id: string;
    order_id: string;
    carrier: string;
    tracking_number: string | null;
    tracking_url: string | null;
    actor: string;
    shipped_at: Generated<Date>;
  };
  shipment_lines: {
    shipment_id: string;
    sku: string;
    quantity: number;
  };
  line_cancellations: {
    id: string;
    order_id: string;
    refund_id: string | null;
    keeps_money: boolean;
    actor: string;
    cancelled_at: Generated<Date>;
  };
  cancelled_lines: {
    cancellation_id: string;
    sku: string;
    quantity: number;
  };
  returns: {
    id: string;
    order_id: string;
    refund_id: string | null;
    note: string | null;
    actor: string;
    returned_at: Generated<Date>;
  };
  return_lines: {
    return_id: string;
    sku: string;
    restock: boolean;
    quantity: number;
  };
}
