import { type Measured, type Percentiles, refuseUnmeasured, type Wait, waits } from "./measured.ts";
import { duration, figure, linearScale, logScale, type Scale } from "./scales.ts";
import { clipText, drawPicture, drawText, round } from "./svg.ts";

export interface Chart {
  title: string;
  /** One line below the title: the machine's shape, the date. */
  heading: string;
  rows: readonly Measured[];
}

const strong = { className: "ink strong" };

const width = 1200;
const margin = 24;
/** Where the columns begin and end: the bars, the waits, and each of their figures. */
const bars = { left: 176, right: 456 };
const spans = { left: 596, right: 956 };
const numbers = { p50: 1028, p95: 1102, p99: 1176 };
const percentiles = ["p50", "p95", "p99"] as const;
/** What fits before the bars. */
const labelLetters = 21;
const lineHeight = 18;
const gap = 14;
const headingHeight = 26;
const headTop = 122;
const bodyTop = 142;

/** Blue, orange and green of Okabe and Ito: told apart by those who do not see all colours. */
const colours: Record<Wait, string> = { POST: "#0a83c6", paid: "#d66a00", mailed: "#0b9a74" };

const style = [
  ...waits.map((wait) => `.${wait} { fill: ${colours[wait]}; stroke: ${colours[wait]} }`),
  ".span { stroke-width: 4; stroke-opacity: 0.45 } .tick { stroke-width: 2 }",
  ".hollow { stroke-width: 2 } .bar { fill: #6f7fa3 } .line { stroke-width: 1 }",
  ".key { fill: #7d8896; stroke: #7d8896 }",
  ".strong { font-weight: 600 } .number { font-variant-numeric: tabular-nums }",
].join("\n");

/** Orders per second as bars, and beside them how long people waited, on one line per wait. */
export function drawThroughputChart({ title, heading, rows }: Chart): string {
  refuseUnmeasured(rows);
  const measured = rows.flatMap(({ latency }) => Object.values(latency ?? {}));
  const scales = {
    rate: linearScale(
      rows.map((row) => row.ordersPerSecond),
      bars.left,
      bars.right,
    ),
    wait: logScale(
      measured.flatMap(({ p50, p99 }) => [p50, p99]),
      spans.left,
      spans.right,
    ),
  };
  let y = bodyTop;
  const shapes = rows.flatMap((row, index) => {
    const { benchmark } = row;
    const isNew = benchmark !== rows[index - 1]?.benchmark;
    if (isNew) y += headingHeight;
    const isNamed = isNew && benchmark !== undefined;
    const name = isNamed ? [drawText([margin, y - 10], benchmark, strong)] : [];
    const top = y;
    y += heightOf(row) + gap;
    return [...name, ...drawRow(row, top, scales)];
  });
  const bottom = y - gap;
  return drawPicture({
    ...{ width, title, style },
    height: bottom + margin,
    description: `${heading}. ${rows.map(inWords).join(" ")}`,
    body: [
      drawText([margin, 42], title, { className: "ink title" }),
      drawText([margin, 66], heading, { className: "soft" }),
      drawText([bars.left, headTop - 24], "orders per second", strong),
      ...drawAxis(scales.rate, bottom, figure),
      ...(measured.length > 0 ? [...drawAxis(scales.wait, bottom, duration), ...drawKey()] : []),
      ...shapes,
    ],
  });
}

type Scales = { rate: Scale; wait: Scale };

function heightOf({ latency = {} }: Measured): number {
  return lineHeight * Math.max(Object.keys(latency).length, 1);
}

function drawAxis({ ticks, at }: Scale, bottom: number, text: (value: number) => string): string[] {
  return ticks.flatMap((tick) => {
    const x = round(at(tick));
    const line = `<line class="line" x1="${x}" y1="${headTop + 8}" x2="${x}" y2="${bottom}"/>`;
    return [line, drawText([x, headTop], text(tick), { className: "soft", anchor: "middle" })];
  });
}

/** What the marks mean, and the heads of the figures beside them. */
function drawKey(): string[] {
  const y = headTop - 24;
  const mark = (left: number, at: keyof Percentiles) => [
    drawMark("key", at, left, y - 4.5),
    drawText([left + 10, y], at, { className: "soft" }),
  ];
  return [
    drawText([spans.left, y], "how long people waited", strong),
    ...mark(spans.right - 152, "p50"),
    ...mark(spans.right - 92, "p95"),
    ...mark(spans.right - 32, "p99"),
    ...percentiles.map((at) => drawText([numbers[at], y], at, { ...strong, anchor: "end" })),
    ...percentiles.map((at) =>
      drawText([numbers[at], headTop], "ms", { className: "soft", anchor: "end" }),
    ),
  ];
}

function drawRow(row: Measured, top: number, { rate, wait }: Scales): string[] {
  const { label, ordersPerSecond, latency = {} } = row;
  const middle = top + heightOf(row) / 2;
  const end = rate.at(ordersPerSecond);
  const size = `width="${round(end - bars.left)}" height="20"`;
  const shown = waits.flatMap((name) => (latency[name] ? [{ name, ...latency[name] }] : []));
  return [
    drawText([margin, middle + 4.5], clipText(label, labelLetters)),
    `<rect class="bar" x="${bars.left}" y="${round(middle - 10)}" ${size} rx="2"/>`,
    drawText([end + 8, middle + 4.5], figure(ordersPerSecond), strong),
    ...shown.flatMap(({ name, ...times }, index) =>
      drawWait(name, times, top + lineHeight * (index + 0.5), wait),
    ),
  ];
}

function drawWait(name: Wait, times: Percentiles, y: number, { at }: Scale): string[] {
  const number = { className: "ink number", anchor: "end" } as const;
  const span = `x1="${round(at(times.p50))}" y1="${y}" x2="${round(at(times.p99))}" y2="${y}"`;
  return [
    drawText([spans.left - 16, y + 4.5], name, { anchor: "end" }),
    `<line class="span ${name}" ${span}/>`,
    // The median is drawn last: where all three are one, it is what should be seen.
    ...percentiles.toReversed().map((each) => drawMark(name, each, at(times[each]), y)),
    ...percentiles.map((each) => drawText([numbers[each], y + 4.5], figure(times[each]), number)),
  ];
}

/** By its form alone a mark says which percentile it is: a dot, a stroke, a ring. */
function drawMark(className: string, percentile: keyof Percentiles, x: number, y: number): string {
  const [left, top] = [round(x), round(y)];
  if (percentile === "p95") {
    const stroke = `x1="${left}" y1="${top - 6}" x2="${left}" y2="${top + 6}"`;
    return `<line class="tick ${className}" ${stroke}/>`;
  }
  const form = percentile === "p50" ? "dot" : "hollow";
  const radius = percentile === "p50" ? 5 : 4;
  return `<circle class="${form} ${className}" cx="${left}" cy="${top}" r="${radius}"/>`;
}

function inWords({ benchmark, label, ordersPerSecond, latency = {} }: Measured): string {
  const name = benchmark === undefined ? label : `${benchmark}, ${label}`;
  const times = Object.entries(latency).map(
    ([wait, { p50, p95, p99 }]) =>
      `${wait} p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}`,
  );
  return `${[`${name}: ${figure(ordersPerSecond)} orders per second`, ...times].join("; ")}.`;
}
