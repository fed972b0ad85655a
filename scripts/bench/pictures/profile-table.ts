import { type Call, callTree, sum } from "./call-tree.ts";
import { type CpuProfile, spanOf } from "./cpu-profile.ts";
import { type Frame, type Origin, origins } from "./frame-origin.ts";

export interface OriginTime {
  origin: Origin;
  /** In its own code. Shares are of the busy time, 0 to 1. */
  selfMs: number;
  selfShare: number;
  /** With what it made Node do: sockets, timers, parsing. What remains with Node, Node began. */
  causedMs: number;
  causedShare: number;
}

interface FunctionTime extends Frame {
  selfMs: number;
  selfShare: number;
}

export interface ProfileTable {
  /** How long was measured, and how much of it the process was busy. */
  spanMs: number;
  busyMs: number;
  /** All of them, in the order of their own list. */
  origins: OriginTime[];
  /** Those with the most time in themselves. */
  functions: FunctionTime[];
}

const shownFunctions = 15;

/** Where the time went, as figures. */
export function profileTable(profile: CpuProfile): ProfileTable {
  return { spanMs: spanOf(profile), ...timesOf(callTree(profile)) };
}

export function timesOf(calls: readonly Call[]): Omit<ProfileTable, "spanMs"> {
  const busyMs = sum(calls.map(({ totalMs }) => totalMs));
  const selfMs = new Map<Origin, number>();
  const causedMs = new Map<Origin, number>();
  const functions = new Map<string, FunctionTime>();
  const visit = ({ name, file, origin, ...call }: Call, caller: Origin) => {
    const cause = origin === "node" ? caller : origin;
    selfMs.set(origin, (selfMs.get(origin) ?? 0) + call.selfMs);
    causedMs.set(cause, (causedMs.get(cause) ?? 0) + call.selfMs);
    const key = `${name}\n${file}`;
    const total = (functions.get(key)?.selfMs ?? 0) + call.selfMs;
    functions.set(key, { name, file, origin, selfMs: total, selfShare: total / busyMs });
    for (const below of call.calls) visit(below, cause);
  };
  for (const call of calls) visit(call, "node");

  return {
    busyMs,
    origins: (Object.keys(origins) as Origin[]).map((origin) => {
      const [self = 0, caused = 0] = [selfMs.get(origin), causedMs.get(origin)];
      const shares = { selfShare: self / busyMs, causedShare: caused / busyMs };
      return { origin, selfMs: self, causedMs: caused, ...shares };
    }),
    functions: [...functions.values()]
      .filter((each) => each.selfMs > 0)
      .sort((a, b) => b.selfMs - a.selfMs)
      .slice(0, shownFunctions),
  };
}
