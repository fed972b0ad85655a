import { type Machine, shapeOf } from "./machine.ts";
import { showOthers } from "./others.ts";
import {
  type Bound,
  type Figures,
  figureTitles,
  groupTitles,
  isMet,
  latencyTitles,
  type Result,
} from "./result.ts";

/** The results as tables for people: a line for each figure, a column for each load. */
export function showResults(machine: Machine, results: readonly Result[]): string {
  const others = results.some(({ name }) => name === "throughput") ? [showOthers()] : [];
  return [shapeOf(machine), ...results.map(showResult), ...others].join("\n\n");
}

function showResult({ name, title, rows, bounds }: Result): string {
  const table = [
    ["", ...rows.map(({ label }) => label)],
    ...linesOf(rows.map(({ figures }) => figures)),
  ];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const shown = table.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 2),
      )
      .join("")
      .trimEnd(),
  );
  return [`${name}: ${title}`, ...shown, ...bounds.map(showBound)].join("\n");
}

/** Each figure that any of the loads has, in the order of the titles. */
function linesOf(loads: readonly Figures[]): string[][] {
  const line = (title: string, cellOf: (figures: Figures) => string | undefined) => {
    const cells = loads.map((figures) => cellOf(figures) ?? "");
    return cells.some((cell) => cell !== "") ? [[`  ${title}`, ...cells]] : [];
  };
  const plain = keysOf(figureTitles).flatMap((key) => {
    const [title, digits] = figureTitles[key];
    return line(title, (figures) => figures[key]?.toFixed(digits));
  });
  const latencies = keysOf(latencyTitles).flatMap((key) =>
    (["p50", "p95", "p99", "max"] as const).flatMap((at) =>
      line(`${latencyTitles[key]}, ${at}`, (figures) => figures[key]?.[at].toFixed(0)),
    ),
  );
  const groups = keysOf(groupTitles).flatMap((key) => {
    const names = new Set(loads.flatMap((figures) => Object.keys(figures[key] ?? {})));
    return [...names].flatMap((name) =>
      line(`${groupTitles[key][0]} ${name}`, (figures) =>
        figures[key]?.[name]?.toFixed(groupTitles[key][1]),
      ),
    );
  });
  return [...plain, ...latencies, ...groups];
}

function showBound(bound: Bound): string {
  const { what, value, atLeast, atMost, aim } = bound;
  const wanted = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
    ...(aim === undefined ? [] : [`aim ${aim}`]),
  ];
  const verdict = isMet(bound) ? "met    " : "NOT MET";
  return `  ${verdict}  ${what}: ${Number(value.toPrecision(4))} (${wanted.join(", ")})`;
}

function keysOf<Key extends string>(of: Record<Key, unknown>): Key[] {
  return Object.keys(of) as Key[];
}
