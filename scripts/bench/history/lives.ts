import type { MessageTemplate } from "../../../src/notifications/lifecycle.ts";
import { channelsOf } from "../../../src/notifications/messages.ts";
import {
  type OrderEvent,
  type OrderRemark,
  orderEvents,
  transition,
} from "../../../src/orders/lifecycle.ts";

/** What happened, who did it, how many seconds after the order was placed, and who is told. */
type Step = readonly [OrderEvent | OrderRemark, string, number, MessageTemplate?];

const shop = "key:history";
const day = 86_400;

const payable: readonly Step[] = [
  ["placed", shop, 0],
  ["checked_out", shop, 0],
  ["stock_reserved", "reservation", 1],
  ["payment_started", "stripe", 2],
];
const paid: readonly Step[] = [...payable, ["payment_captured", "stripe", 60, "order_paid"]];
const completed: readonly Step[] = [
  ...paid,
  ["shipped", shop, day, "order_shipped"],
  ["completed", shop, day],
];

/** How the orders of a shop end: of a hundred so many, and what stands in their histories. */
const lives = {
  completed: { share: 80, steps: completed },
  declined: {
    share: 3,
    steps: [
      ...payable,
      ["payment_declined", "stripe", 30, "payment_problem"],
      ...completed.slice(payable.length),
    ],
  },
  returned: {
    share: 2,
    steps: [
      ...completed,
      ["refund_requested", shop, 7 * day],
      ["returned", shop, 7 * day],
      ["refund_succeeded", "stripe", 7 * day + 1, "order_refunded"],
    ],
  },
  refunded: {
    share: 3,
    steps: [
      ...paid,
      ["refund_requested", shop, 600],
      ["cancelled_after_payment", shop, 600, "order_cancelled"],
      ["refund_succeeded", "stripe", 601],
    ],
  },
  expired: {
    share: 5,
    steps: [
      ...payable,
      ["closing", "clock", 1_800],
      ["hold_expired", "stripe", 1_801, "order_expired"],
    ],
  },
  cancelled: {
    share: 3,
    steps: [...payable, ["closing", shop, 300], ["cancelled", "stripe", 301, "order_cancelled"]],
  },
  rejected: {
    share: 4,
    steps: [...payable.slice(0, 2), ["stock_refused", "reservation", 1, "order_rejected"]],
  },
} as const satisfies Record<string, { share: number; steps: readonly Step[] }>;

export type Life = keyof typeof lives;
const lifeNames = Object.keys(lives) as Life[];

/** A life for each of a hundred orders, and again for the next hundred. */
export const livesInTurn: readonly Life[] = lifeNames.flatMap((life) =>
  Array.from({ length: lives[life].share }, () => life),
);

/** A line of a life's history, as the table of events has it. */
export type HistoryLine = {
  life: Life;
  seq: number;
  event: string;
  from_status: string | null;
  to_status: string;
  actor: string;
  after_seconds: number;
  template: string | null;
  channels: readonly string[];
};

/** Every line of every life: a move goes where the lifecycle says, a remark stays. */
export function historyLines(): HistoryLine[] {
  return lifeNames.flatMap((life) => {
    let status: string | null = null;
    return lives[life].steps.map(([event, actor, seconds, template]: Step, index): HistoryLine => {
      const from = status;
      status = isMove(event) ? transition(event).to : (from ?? "");
      return {
        ...{ life, seq: index + 1, event, from_status: from, to_status: status, actor },
        ...{ after_seconds: seconds, template: template ?? null },
        channels: template ? channelsOf[template] : [],
      };
    });
  });
}

function isMove(event: OrderEvent | OrderRemark): event is OrderEvent {
  return (orderEvents as readonly string[]).includes(event);
}
