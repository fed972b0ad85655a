import { boardPath } from "../board/board.ts";

/** The operators' pages, in the order of the head; `current` marks where somebody is. */
const destinations = {
  problems: { href: "/ops", text: "Problems" },
  stock: { href: "/ops/stock", text: "Stock" },
  webhooks: { href: "/ops/webhooks", text: "Webhooks" },
  queues: { href: "/ops/queues-now", text: "Queues" },
  audit: { href: "/ops/audit", text: "Audit" },
  health: { href: "/ops/health", text: "Health" },
  board: { href: boardPath, text: "Bull Board" },
  switchboard: { href: "/ops/switchboard", text: "Switchboard" },
} as const;

export type PageKey = keyof typeof destinations;

/** What stands in the head; the switchboard only where there is one. */
export function destinationsOf(world: { hasSwitchboard: boolean }) {
  return Object.entries(destinations)
    .filter(([key]) => world.hasSwitchboard || key !== "switchboard")
    .map(([key, destination]) => ({ key: key as PageKey, ...destination }));
}
