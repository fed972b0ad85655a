import { type Html, html, verbatim } from "../html.ts";
import type { Locale } from "../locales/dictionaries.ts";
import { blockHtml } from "./html-blocks.ts";
import type { Letter } from "./letter.ts";
import { font, ink, page, sheet, soft, tones, wrap } from "./styles.ts";

type Surroundings = { locale: Locale; shopName: string; orderLabel: string; footer: string };

/** A mail as HTML: tables and inline styles, since that is what mail clients agree on. */
export function htmlLetter(letter: Letter, around: Surroundings): string {
  const { strip } = tones[letter.tone];
  return html`<!doctype html>
<html lang="${around.locale}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="x-apple-disable-message-reformatting">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${letter.subject}</title>
<style>${verbatim(sheet)}</style>
</head>
<body class="page" style="margin:0;padding:0;background:${page}">
${preview(letter.preview)}
<table role="presentation" class="page" width="100%" bgcolor="${page}" style="background:${page}">
<tr><td class="edge" align="center" style="padding:32px 16px">
<table role="presentation" width="100%" style="max-width:600px;text-align:left">
${header(around)}
<tr><td height="5" bgcolor="${strip}" style="height:5px;line-height:5px;font-size:0;
background:${strip};border-radius:12px 12px 0 0">&nbsp;</td></tr>
<tr><td class="card" bgcolor="#ffffff" style="background:#ffffff;padding:32px 36px 36px;
border-radius:0 0 12px 12px;${font}">
${badge(letter)}
<h1 class="ink heading" style="margin:14px 0 18px;font-size:27px;line-height:34px;font-weight:700;
letter-spacing:-0.01em;${ink};${wrap}">${letter.heading}</h1>
${letter.blocks.map(blockHtml)}
</td></tr>
<tr><td class="soft" style="padding:20px 12px 8px;text-align:center;font-size:13px;
line-height:19px;${font};${soft};${wrap}">${around.footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`.text;
}

/** Shown by the inbox, not by the mail; the blanks keep the body's first words out of it. */
function preview(text: string): Html {
  const blanks = verbatim("&#847;&zwnj;&nbsp;".repeat(70));
  return html`<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;
mso-hide:all">${text}${blanks}</div>`;
}

function header({ shopName, orderLabel }: Surroundings): Html {
  return html`<tr><td style="padding:0 4px 16px">
<table role="presentation" width="100%"><tr>
<td class="ink stack" style="font-size:18px;line-height:24px;font-weight:700;${font};${ink};
${wrap}">${shopName}</td>
<td class="soft stack" align="right" style="padding-left:12px;font-size:14px;line-height:24px;
text-align:right;${font};${soft};${wrap}">${orderLabel}</td>
</tr></table>
</td></tr>`;
}

function badge({ tone, badge: text }: Letter): Html {
  const { ground, ink: colour } = tones[tone];
  return html`<span class="tone-${tone}" style="display:inline-block;padding:4px 12px;
border-radius:999px;font-size:13px;line-height:18px;font-weight:600;background:${ground};
color:${colour}">${text}</span>`;
}
