import type { StandInDesk } from "./stand-in-desk.ts";
import type { Switch } from "./switch.ts";

type FaultSwitch = Pick<Switch, "id" | "group" | "title" | "happens" | "watch"> & {
  faults: readonly Record<string, unknown>[];
};

/** Something that is broken from now on, until it is mended. */
export function untilMended(desk: StandInDesk, { faults, ...about }: FaultSwitch): Switch {
  const undo = () => desk.endFaults(about.id);
  return {
    ...about,
    undo,
    state: (seen) => (seen.faults.some(({ name }) => name === about.id) ? "on" : null),
    acts: [
      {
        id: "on",
        label: "Break it",
        async run() {
          await undo();
          for (const fault of faults) await desk.addFault({ ...fault, name: about.id });
          return `${about.title}, until you mend it.`;
        },
      },
      {
        id: "off",
        label: "Mend it",
        async run() {
          await undo();
          return `Mended: ${lowerFirst(about.title)}.`;
        },
      },
    ],
  };
}

/** Something that goes wrong once, the next time it is tried. */
export function once(desk: StandInDesk, { faults, ...about }: FaultSwitch): Switch {
  const undo = () => desk.endFaults(about.id);
  return {
    ...about,
    undo,
    state: (seen) =>
      seen.faults.some(({ name }) => name === about.id) ? "strikes the next one" : null,
    acts: [
      {
        id: "next",
        label: "Strike the next one",
        async run() {
          await undo();
          for (const fault of faults) await desk.addFault({ ...fault, name: about.id, times: 1 });
          return `${about.title}: it strikes the next one.`;
        },
      },
      {
        id: "off",
        label: "Take it back",
        async run() {
          await undo();
          return `Taken back: ${lowerFirst(about.title)}.`;
        },
      },
    ],
  };
}

/** Names, such as Stripe's, keep their capital. */
function lowerFirst(text: string): string {
  return /^(Stripe|SMS|Redis|3D)/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
