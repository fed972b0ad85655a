/** What every picture has around its own shapes. */
export interface Picture {
  width: number;
  height: number;
  title: string;
  /** In words, for those who do not see it. */
  description: string;
  /** CSS of its own, beside `paper`, `ink` (text), `soft` (lesser text), `line` and `hollow`. */
  style: string;
  body: readonly string[];
}

/** What differs by night; shapes that carry a colour of their own are readable on both papers. */
const day = { paper: "#ffffff", ink: "#1b1f24", soft: "#57606a", line: "#d0d7de" };
const night = { paper: "#161b22", ink: "#e6edf3", soft: "#a5afba", line: "#3d444d" };

/** One SVG that stands by itself: it brings its paper, and loads nothing. */
export function drawPicture({ width, height, title, description, style, body }: Picture): string {
  const frame = `width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${frame} viewBox="0 0 ${width} ${height}"`,
    ' role="img" aria-labelledby="title description">',
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    "<style>",
    "text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }",
    ".title { font-size: 20px; font-weight: 600 }",
    papers(day),
    `@media (prefers-color-scheme: dark) { ${papers(night)} }`,
    style,
    "</style>",
    `<rect class="paper" ${frame} rx="8"/>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function papers({ paper, ink, soft, line }: typeof day): string {
  const fills = `.paper { fill: ${paper} } .ink { fill: ${ink} } .soft { fill: ${soft} }`;
  return `${fills} .line { stroke: ${line} } circle.hollow { fill: ${paper} }`;
}

export type TextWishes = { className?: string; anchor?: "middle" | "end" };

export function drawText(
  [x, y]: readonly [number, number],
  text: string,
  { className = "ink", anchor }: TextWishes = {},
): string {
  const anchored = anchor ? ` text-anchor="${anchor}"` : "";
  const place = `x="${round(x)}" y="${round(y)}"${anchored}`;
  return `<text class="${className}" ${place}>${escapeXml(text)}</text>`;
}

/** Two places behind the point are finer than any screen, and keep the file small. */
export function round(length: number): number {
  return Math.round(length * 100) / 100;
}

const escapes: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
};

/** Names come as they are: what no XML may hold, not even escaped, becomes a visible gap. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replace(/[<>&"]/g, (letter) => escapes[letter] ?? letter);
}

/** As much of a text as fits; empty where not even three letters do. */
export function clipText(text: string, letters: number): string {
  const all = [...text];
  if (all.length <= letters) return text;
  return letters < 3 ? "" : `${all.slice(0, letters - 1).join("")}…`;
}
