import fc from "fast-check";
import type { CpuProfile, ProfileNode } from "../../../../scripts/bench/pictures/cpu-profile.ts";

/** A stack from its bottom, each call as `name@@url@@scriptId`, and how long it stood there. */
export interface Stay {
  stack: readonly string[];
  ms: number;
}

/** A profile as V8 would write it, of a process that stood at one stack after the other. */
export function profileOf(stays: readonly Stay[], { leadMs = 0 } = {}): CpuProfile {
  const nodes: ProfileNode[] = [nodeOf(1, "(root)")];
  const ids = new Map([["", 1]]);
  const idOf = (stack: readonly string[]): number => {
    const known = ids.get(stack.join("\n"));
    if (known !== undefined) return known;
    const caller = nodes[idOf(stack.slice(0, -1)) - 1]!;
    const node = nodeOf(nodes.length + 1, stack.at(-1)!);
    nodes.push(node);
    caller.children = [...(caller.children ?? []), node.id];
    ids.set(stack.join("\n"), node.id);
    return node.id;
  };
  const startTime = 1_000_000;
  const times = stays.map(({ ms }) => ms * 1000);
  return {
    samples: stays.map(({ stack }) => idOf(stack)),
    // What stands beside a sample is the time since the one before it.
    timeDeltas: [leadMs * 1000, ...times.slice(0, -1)],
    nodes,
    startTime,
    endTime: startTime + leadMs * 1000 + times.reduce((total, time) => total + time, 0),
  };
}

function nodeOf(id: number, call: string): ProfileNode {
  const [functionName = "", url = "", scriptId = url === "" ? "0" : "7"] = call.split("@@");
  return { id, callFrame: { functionName, scriptId, url, lineNumber: 41 } };
}

const home = "file:///srv/aurora";
export const urls = {
  advance: `${home}/src/orders/advance.ts`,
  bench: `${home}/scripts/bench.ts`,
  queue: `${home}/node_modules/bullmq/dist/esm/classes/queue.js`,
  client: `${home}/node_modules/pg/lib/client.js`,
  net: "node:net",
};

/** Any stay: names that XML has trouble with, files of everybody, idle and garbage, too. */
export const anyStay: fc.Arbitrary<Stay> = fc.record({
  ms: fc.integer({ min: 1, max: 50 }),
  stack: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(["(idle)"], ["(garbage collector)"], ["(program)"]) },
    {
      weight: 5,
      arbitrary: fc.array(
        fc
          .tuple(
            fc.oneof(fc.constantFrom("", "advance", 'a<b>&"c', "\u0000\ud83d"), fc.string()),
            fc.constantFrom("", ...Object.values(urls)),
          )
          .map(([name, url]) => `${name.replaceAll(/[@\n]/g, "")}@@${url}`),
        { minLength: 1, maxLength: 6 },
      ),
    },
  ),
});
