import { type Call, callTree } from "./call-tree.ts";
import { type CpuProfile, spanOf } from "./cpu-profile.ts";
import { type Origin, origins } from "./frame-origin.ts";
import { type OriginTime, timesOf } from "./profile-table.ts";
import { clipText, drawPicture, drawText, escapeXml, round } from "./svg.ts";

export type FlameWishes = {
  title: string;
  /** One line below the title: which process, under which load, on what. */
  heading: string;
};

const width = 1200;
const margin = 16;
const inner = width - 2 * margin;
const legendTop = 112;
const legendHeight = 22;
const legendColumns = 3;
const rowHeight = 18;
/** As many rows as a reader scrolls through; the rest of a deeper stack is left out. */
const maxRows = 120;
/** Below this share of the busy time a frame is a hair, and its name unreadable anyway. */
const leastShare = 0.002;
/** A letter of the monospaced text below, with room for a font that runs wide. */
const letterWidth = 6.8;

/** Told apart by those who do not see all colours, and light enough for dark letters. */
const colours: Record<Origin, string> = {
  aurora: "#e69f00",
  queues: "#f0e442",
  database: "#56b4e9",
  http: "#3fbf97",
  suppliers: "#d795bb",
  logs: "#a59be0",
  packages: "#c9b79c",
  node: "#c4c9cf",
  garbage: "#e8835a",
};

const style = [
  ...Object.entries(colours).map(([origin, colour]) => `.${origin} rect { fill: ${colour} }`),
  ".busy rect { fill: #aab3bd }",
  ".call text { font: 11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }",
  ".call text { fill: #1b1b1b; pointer-events: none } .call:hover rect { fill-opacity: 0.7 }",
].join("\n");

/**
 * A flame graph that hangs from its root: each box is a function, as wide as the time in it and in
 * all that it called, below its caller. Left to right says nothing of when.
 */
export function drawFlameGraph(profile: CpuProfile, wishes: FlameWishes): string {
  const { title, heading } = wishes;
  const calls = callTree(profile);
  const { busyMs, origins: times } = timesOf(calls);
  const legend = drawLegend(times);
  const top = legendTop + legendHeight * Math.ceil(legend.length / legendColumns) + 6;
  const boxes = drawBoxes(calls, busyMs, top);
  return drawPicture({
    width,
    height: top + boxes.rows * rowHeight + margin,
    title,
    description: `Flame graph. ${heading}. ${times.map(inWords).join("; ")}.`,
    style,
    body: [
      drawText([margin, 36], title, { className: "ink title" }),
      drawText([margin, 60], heading),
      drawText([margin, 84], busyLine(busyMs, spanOf(profile)), {
        className: "soft",
      }),
      ...legend,
      ...boxes.shapes,
    ],
  });
}

function busyLine(busyMs: number, spanMs: number): string {
  const span = `Busy ${seconds(busyMs)} of ${seconds(spanMs)} (${percent(busyMs / spanMs)})`;
  return `${span}. Shares of the busy time: in own code (and with what Node did for it).`;
}

function drawLegend(times: readonly OriginTime[]): string[] {
  const shown = times.filter(({ selfMs }) => selfMs > 0);
  return shown.map((time, index) => {
    const left = margin + (index % legendColumns) * (inner / legendColumns);
    const bottom = legendTop + legendHeight * Math.floor(index / legendColumns);
    const swatch = `<rect x="${round(left)}" y="${bottom - 11}" width="14" height="14" rx="2"/>`;
    return `<g class="${time.origin}">${swatch}${drawText([left + 21, bottom], inWords(time))}</g>`;
  });
}

function inWords({ origin, selfShare, causedShare }: OriginTime): string {
  const own = `${origins[origin]} ${percent(selfShare)}`;
  return origin === "garbage" ? own : `${own} (${percent(causedShare)})`;
}

/** Row by row from the root down. */
function drawBoxes(calls: readonly Call[], busyMs: number, top: number) {
  const pixels = inner / busyMs;
  const all = `all busy time, ${seconds(busyMs)}`;
  const shapes = [drawBox("busy", { x: margin, y: top, wide: inner }, all, all)];
  let row = placed(calls, 0);
  let rows = 1;
  while (row.length > 0 && rows < maxRows) {
    const y = top + rows * rowHeight;
    for (const { call, startMs } of row) {
      const place = { x: margin + startMs * pixels, y, wide: call.totalMs * pixels };
      shapes.push(drawBox(call.origin, place, nameOf(call), tipOf(call, busyMs)));
    }
    rows += 1;
    row = row.flatMap(({ call, startMs }) => placed(call.calls, startMs));
  }
  return { shapes, rows };

  /** Side by side from their caller's beginning, without the hairs: the longest come first. */
  function placed(among: readonly Call[], callerStartMs: number) {
    let startMs = callerStartMs;
    return among
      .filter(({ totalMs }) => totalMs >= busyMs * leastShare)
      .map((call) => {
        const place = { call, startMs };
        startMs += call.totalMs;
        return place;
      });
  }
}

type Place = { x: number; y: number; wide: number };

function drawBox(className: string, { x, y, wide }: Place, name: string, tip: string): string {
  const size = `width="${round(Math.max(wide - 1, 0.5))}" height="${rowHeight - 1}"`;
  const shown = clipText(name, Math.floor((wide - 7) / letterWidth));
  const text =
    shown && `<text x="${round(x + 3)}" y="${round(y + 12.5)}">${escapeXml(shown)}</text>`;
  const shape = `<rect x="${round(x)}" y="${round(y)}" ${size}/>`;
  return `<g class="call ${className}"><title>${escapeXml(tip)}</title>${shape}${text}</g>`;
}

function nameOf({ name, file }: Call): string {
  return file === "" ? name : `${name} ${file}`;
}

function tipOf(call: Call, busyMs: number): string {
  const time = (ms: number) => `${ms.toFixed(1)} ms, ${percent(ms / busyMs)}`;
  return `${nameOf(call)}\n${time(call.totalMs)} (in itself ${time(call.selfMs)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`;
}
