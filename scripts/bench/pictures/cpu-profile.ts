import { z } from "zod";

const node = z.object({
  id: z.number(),
  callFrame: z.object({
    functionName: z.string(),
    scriptId: z.string(),
    url: z.string(),
    lineNumber: z.number(),
  }),
  children: z.array(z.number()).optional(),
});

const schema = z.object({
  nodes: z.array(node),
  startTime: z.number(),
  endTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** What `node --cpu-prof` leaves: the calls as a tree, and at which it stood, sample by sample. */
export type CpuProfile = z.output<typeof schema>;
export type ProfileNode = z.output<typeof node>;

export type ProfileWishes = {
  /** Start-up, which is left out: mostly the reading of modules. */
  skipMs?: number;
};

/** Reads the text of a `.cpuprofile` file. */
export function readCpuProfile(text: string): CpuProfile {
  const { success, data, error } = schema.safeParse(jsonOf(text));
  if (success) return data;
  throw new Error(`This is not a CPU profile of V8:\n${z.prettifyError(error)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const advice = "a process writes it whole only if it ends by itself";
    throw new Error(`The CPU profile is not whole JSON: ${advice}.`, { cause });
  }
}

/** How long the process was watched, without its start-up. */
export function spanOf({ startTime, endTime }: CpuProfile, { skipMs = 0 }: ProfileWishes): number {
  return (endTime - startTime) / 1000 - skipMs;
}

/** Milliseconds in each call itself, by the node's id: a sample lasts until the next. */
export function selfTimes(profile: CpuProfile, { skipMs = 0 }: ProfileWishes): Map<number, number> {
  const { samples, timeDeltas, startTime, endTime } = profile;
  const times = new Map<number, number>();
  let began = startTime + (timeDeltas[0] ?? 0);
  let counted = startTime + skipMs * 1000;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index + 1];
    const ended = delta === undefined ? Math.max(began, endTime) : began + delta;
    // V8 hands in some samples a few microseconds out of order: no time is counted twice.
    const start = Math.max(began, counted);
    if (ended > start) times.set(id, (times.get(id) ?? 0) + (ended - start) / 1000);
    counted = Math.max(counted, ended);
    began = ended;
  }
  return times;
}
