import type { Tone } from "./letter.ts";

/**
 * Colours are written on each element for the clients that drop style sheets, and once more by
 * class for the dark. Every pair of text and ground has a contrast of at least 4.5.
 */
export const tones: Record<Tone, { strip: string; ground: string; ink: string }> = {
  good: { strip: "#12906a", ground: "#e2f5ed", ink: "#0b5f45" },
  attention: { strip: "#d98a1c", ground: "#fdf0db", ink: "#7d4a05" },
  calm: { strip: "#7480a0", ground: "#e9ecf4", ink: "#434d69" },
};

export const font = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
export const ink = "color:#1b1f2e";
export const soft = "color:#5a6176";
export const rule = "border-top:1px solid #e4e7ef";
export const button = "#3f46c8";
export const page = "#f1f3f8";

/** Long names and links break rather than push the page wide. */
export const wrap = "word-break:break-word;overflow-wrap:anywhere";
/** Digits of one width, so that amounts stand in a column. */
export const figures = "font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right";

export const sheet = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
table { border-collapse: separate; border-spacing: 0; }
@media (max-width: 480px) {
  .edge { padding: 16px 8px !important; }
  .card { padding: 24px 20px 28px !important; }
  .stack { display: block !important; padding: 0 !important; text-align: left !important; }
  .heading { font-size: 23px !important; line-height: 29px !important; }
  .wide { width: 100% !important; }
  .wide a { display: block !important; padding: 17px 16px !important; }
}
@media (prefers-color-scheme: dark) {
  .page { background: #0f1116 !important; }
  .card { background: #1a1d26 !important; }
  .ink { color: #eef0f6 !important; }
  .soft { color: #a4abbd !important; }
  .rule { border-color: #2f3442 !important; }
  .button { background: #5961e6 !important; }
  .tone-good { background: #123a2d !important; color: #8ce0bf !important; }
  .tone-attention { background: #44310f !important; color: #f7cf8d !important; }
  .tone-calm { background: #2a3042 !important; color: #c3cbe0 !important; }
}
`;
