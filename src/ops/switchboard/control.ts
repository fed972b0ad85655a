import { z } from "zod";

/**
 * What the Switchboard of a local world shows, in the words of the world that listens at
 * SWITCHBOARD_URL. Aurora renders it and posts back; it knows no fault itself.
 */
const act = z.object({ id: z.string(), label: z.string() });
const panelShape = z.object({
  switches: z.array(
    z.object({
      id: z.string(),
      group: z.string(),
      title: z.string(),
      /** What happens, and what to watch, in one sentence each. */
      happens: z.string(),
      watch: z.string(),
      /** Such as "on", or "strikes the next one"; null where all is as usual. */
      state: z.string().nullable(),
      /** What can be done with it as it stands. */
      acts: z.array(act),
    }),
  ),
  /** How a customer may behave whose order is placed here; empty until the shop is open. */
  customers: z.array(z.object({ id: z.string(), label: z.string(), happens: z.string() })),
  /** The shop's latest orders, and what their customers can do next. */
  orders: z.array(
    z.object({ id: z.string(), number: z.string(), status: z.string(), acts: z.array(act) }),
  ),
  /** What was done here, the latest first. */
  done: z.array(z.object({ at: z.iso.datetime(), sentence: z.string() })),
});
export type Panel = z.output<typeof panelShape>;

const outcomeShape = z.object({ sentence: z.string(), orderId: z.string().optional() });
export type Outcome = z.output<typeof outcomeShape>;

/** The world said no, or did not answer. */
export class SwitchboardAway extends Error {}

export type Switchboard = {
  read(): Promise<Panel>;
  /** `path` such as switches/mail_down/on, customers/pays, orders/{id}/pay or normal. */
  post(path: readonly string[]): Promise<Outcome>;
};

const patienceMs = 30_000;

/** Speaks to the local world's control, whose address holds its token. */
export function switchboardAt(url: string): Switchboard {
  const ask = async (method: "GET" | "POST", path: string): Promise<unknown> => {
    const answer = await fetch(`${url}/${path}`, {
      method,
      signal: AbortSignal.timeout(patienceMs),
    }).catch((error: unknown) => {
      throw new SwitchboardAway(`The local world does not answer: ${String(error)}`);
    });
    const said: unknown = await answer.json();
    if (answer.ok) return said;
    throw new SwitchboardAway(outcomeShape.parse(said).sentence);
  };
  return {
    read: async () => panelShape.parse(await ask("GET", "panel")),
    post: async (path) =>
      outcomeShape.parse(await ask("POST", path.map(encodeURIComponent).join("/"))),
  };
}
