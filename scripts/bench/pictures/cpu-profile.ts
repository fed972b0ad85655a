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

/** The part of a profile between two moments of its clock, in microseconds. */
export function during(profile: CpuProfile, from: number, until: number): CpuProfile {
  let at = profile.startTime;
  const all = profile.samples.map((id, index) => {
    at += profile.timeDeltas[index] ?? 0;
    return { id, at };
  });
  const kept = all.filter((sample) => sample.at >= from && sample.at < until);
  return {
    ...profile,
    ...{ startTime: from, endTime: until },
    samples: kept.map(({ id }) => id),
    timeDeltas: kept.map((sample, index) => sample.at - (kept[index - 1]?.at ?? from)),
  };
}

/** How long the process was watched. */
export function spanOf({ startTime, endTime }: CpuProfile): number {
  return (endTime - startTime) / 1000;
}

/** Milliseconds in each call itself, by the node's id: a sample lasts until the next. */
export function selfTimes(profile: CpuProfile): Map<number, number> {
  const { samples, timeDeltas, startTime, endTime } = profile;
  const times = new Map<number, number>();
  let began = startTime + (timeDeltas[0] ?? 0);
  let counted = startTime;
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
