import type { Panel } from "../../../src/ops/switchboard/control.ts";

/** What the stand-ins say of their faults and switches, as far as the Switchboard reads it. */
export interface Seen {
  faults: { name?: string; times?: number }[];
  stripe: {
    webhooks: boolean;
    loseNext: number;
    nextCard: string | null;
    refundStatus: string;
    trouble: { lose: number } | null;
    mailFate: { fate: string } | null;
    smsLost: object | null;
  };
}

/** One fault that a person may cause, and take back. */
export interface Switch {
  id: string;
  group: string;
  title: string;
  happens: string;
  watch: string;
  /** Null where all is as usual. */
  state(seen: Seen): string | null;
  acts: readonly SwitchAct[];
  /** Back to normal. */
  undo(): Promise<unknown>;
}

interface SwitchAct {
  /** `off` takes the fault back; all others cause it. */
  id: string;
  label: string;
  /** Answers what was done, in a sentence. */
  run(): Promise<string>;
}

/** As the page shows it: what is as usual can't be taken back, nor what is broken be broken. */
export function shown(
  { id, group, title, happens, watch, state, acts }: Switch,
  seen: Seen,
): Panel["switches"][number] {
  const stands = state(seen);
  const offered = acts.filter((act) => (act.id === "off") === (stands !== null));
  return {
    ...{ id, group, title, happens, watch, state: stands },
    acts: offered.map((act) => ({ id: act.id, label: act.label })),
  };
}
