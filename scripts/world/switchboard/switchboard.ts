import type { Outcome, Panel } from "../../../src/ops/switchboard/control.ts";
import type { Child } from "../child.ts";
import type { ShopKeys } from "../local-settings.ts";
import type { StandIns } from "../world-settings.ts";
import { cardSwitches } from "./card-switches.ts";
import { type ControlServer, serveControl } from "./control-server.ts";
import type { InstallationDesk } from "./installation-desk.ts";
import { messageSwitches } from "./message-switches.ts";
import type { OrderClock } from "./order-clock.ts";
import { receiverSwitches } from "./receiver-switches.ts";
import type { RedisDesk } from "./redis-desk.ts";
import { serverSwitches } from "./server-switches.ts";
import { ShopDesk } from "./shop-desk.ts";
import { standInDesk } from "./stand-in-desk.ts";
import { stripeSwitches } from "./stripe-switches.ts";
import { type Seen, type Switch, shown } from "./switch.ts";

const doneKept = 12;

export interface SwitchboardWishes {
  apiUrl: string;
  sandboxUrl: string;
  stripeKey: string;
  standIns: StandIns;
  redis: RedisDesk;
  clock: OrderClock;
  installation: InstallationDesk;
  /** The processes that may be killed: all but web, which shows the page. */
  workers: () => readonly Child[];
}

export interface RunningSwitchboard extends ControlServer {
  /** From now on orders can be placed. */
  openShop(keys: ShopKeys): void;
}

/**
 * Causes in this world the faults that Aurora is made for. It owns the processes and the queues,
 * speaks to the stand-ins' control, and serves all that to the page /ops/switchboard.
 */
export async function startSwitchboard(wishes: SwitchboardWishes): Promise<RunningSwitchboard> {
  const { standIns, sandboxUrl } = wishes;
  const desk = standInDesk(sandboxUrl, wishes.stripeKey);
  const done: Panel["done"] = [];
  const tell = (sentence: string) => {
    done.unshift({ at: new Date().toISOString(), sentence });
    done.splice(doneKept);
  };
  const shop = new ShopDesk(wishes, desk, tell);
  const hasStandIns = Object.values(standIns).some(Boolean);
  const switches = () => [
    ...(standIns.stripe ? [...stripeSwitches(desk), ...cardSwitches(desk)] : []),
    ...messageSwitches(desk, standIns),
    ...(hasStandIns ? receiverSwitches(desk) : []),
    ...serverSwitches(wishes.workers(), wishes.redis, wishes.installation),
  ];
  const panel = async (): Promise<Panel> => {
    const seen = hasStandIns ? await desk.see() : nothingSeen;
    return {
      switches: switches().map((each) => shown(each, seen)),
      customers: standIns.stripe ? shop.customers() : [],
      orders: standIns.stripe ? await shop.orders() : [],
      done,
    };
  };
  const server = await serveControl({
    panel,
    async act(path) {
      const outcome = await perform(path, { switches: switches(), shop });
      if (outcome) tell(outcome.sentence);
      return outcome;
    },
  });
  return { ...server, openShop: (keys) => shop.open(keys) };
}

async function perform(
  [what, first = "", second = ""]: readonly string[],
  { switches, shop }: { switches: readonly Switch[]; shop: ShopDesk },
): Promise<Outcome | undefined> {
  if (what === "normal") {
    for (const each of switches) await each.undo();
    return { sentence: "All is back to normal." };
  }
  if (what === "customers") return await shop.place(first);
  if (what === "orders") return await shop.answer(first, second);
  if (what !== "switches") return undefined;
  const acts = switches.find(({ id }) => id === first)?.acts;
  const act = acts?.find(({ id }) => id === second);
  return act && { sentence: await act.run() };
}

const nothingSeen: Seen = {
  faults: [],
  stripe: {
    webhooks: true,
    loseNext: 0,
    nextCard: null,
    refundStatus: "succeeded",
    trouble: null,
    mailFate: null,
    smsLost: null,
  },
};
