import { type CpuProfile, type ProfileNode, selfTimes } from "./cpu-profile.ts";
import { type Frame, frameOf, type Origin } from "./frame-origin.ts";

/** A function at its place in the stack, with all that was called from there, longest first. */
export interface Call extends Frame {
  selfMs: number;
  /** With everything below it. */
  totalMs: number;
  calls: Call[];
}

/** What V8 says while there is nothing to do. */
const idle = "(idle)";

/** All that a process was busy with, as the calls at the bottom of its stacks. */
export function callTree(profile: CpuProfile): Call[] {
  const [root] = profile.nodes;
  if (!root) throw new Error("The CPU profile is empty: it holds no call at all.");
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = selfTimes(profile);
  const childrenOf = ({ children = [] }: ProfileNode) =>
    children.flatMap((id) => byId.get(id) ?? []).filter((node) => !isIdle(node));

  /** One function called from one place is one call, however many nodes V8 has of it. */
  const merge = (nodes: readonly ProfileNode[], caller: Origin): Call[] => {
    const frames = nodes.map((node) => ({ node, frame: frameOf(node, caller) }));
    const groups = Map.groupBy(frames, ({ frame: { name, file } }) => `${name}\n${file}`);
    const calls = [...groups.values()].flatMap(([first, ...others]): Call[] => {
      if (!first) return [];
      const merged = [first, ...others].map(({ node }) => node);
      const selfMs = sum(merged.map(({ id }) => times.get(id) ?? 0));
      const below = merge(merged.flatMap(childrenOf), first.frame.origin);
      const totalMs = selfMs + sum(below.map(({ totalMs }) => totalMs));
      return totalMs > 0 ? [{ ...first.frame, selfMs, totalMs, calls: below }] : [];
    });
    return calls.sort((a, b) => b.totalMs - a.totalMs);
  };

  const calls = merge(childrenOf(root), "node");
  if (calls.length > 0) return calls;
  throw new Error("The CPU profile holds no busy moment: let the process work longer.");
}

const isIdle = ({ callFrame }: ProfileNode) => callFrame.functionName === idle;

export function sum(times: readonly number[]): number {
  return times.reduce((total, time) => total + time, 0);
}
