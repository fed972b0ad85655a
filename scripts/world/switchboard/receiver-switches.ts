import { untilMended } from "./fault-switch.ts";
import type { StandInDesk } from "./stand-in-desk.ts";
import type { Switch } from "./switch.ts";

const about = { group: "Other systems" };
const service = "receiver";

/** What goes wrong with the system that is told of the local shop's orders. */
export function receiverSwitches(desk: StandInDesk): Switch[] {
  return [
    untilMended(desk, {
      ...{ ...about, id: "receiver_down", title: "Receiver is down" },
      happens: "It answers every webhook with 503.",
      watch:
        "Orders go on. After five failures it is asked with one webhook at a time, and gets all " +
        "that waits once it is mended: see Webhooks, Out.",
      faults: [{ service, kind: "status", status: 503 }],
    }),
    untilMended(desk, {
      ...{ ...about, id: "receiver_slow", title: "Receiver says nothing" },
      happens: "It takes every webhook and does not answer, until it is hung up on.",
      watch: "No other endpoint and no mail waits for it.",
      faults: [{ service, kind: "hang" }],
    }),
    untilMended(desk, {
      ...{ ...about, id: "receiver_moved", title: "Receiver has moved" },
      happens: "It answers every webhook with a redirect to another address.",
      watch: "Nobody follows: its endpoint's page says what to do.",
      faults: [{ service, kind: "redirect" }],
    }),
    untilMended(desk, {
      ...{ ...about, id: "receiver_lies", title: "Receiver's answers never end" },
      happens: "It answers every webhook with 200, and with a body without an end.",
      watch: "The webhook counts as delivered, and no more than its beginning is read.",
      faults: [{ service, kind: "endless" }],
    }),
  ];
}
