import { type Html, html } from "../html.ts";
import type { Block, GoodsLine, ShortageRow, Total } from "./letter.ts";
import { button, figures, ink, rule, soft, tones, wrap } from "./styles.ts";

type BlockOf<Kind extends Block["kind"]> = Extract<Block, { kind: Kind }>;

/** One block of a letter as HTML. */
export function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "paragraph":
      return html`<p class="ink" style="margin:0 0 14px;font-size:16px;line-height:25px;${ink};
${wrap}">${block.text}</p>
`;
    case "notice":
      return notice(block.text);
    case "button":
      return payButton(block);
    case "goods":
      return goodsTable(block);
    case "shortages":
      return shortagesTable(block);
    case "address":
      return html`${title(block.title)}<p class="ink" style="margin:0;font-size:15px;
line-height:23px;${ink};${wrap}">${block.lines.map((line) => html`${line}<br>`)}</p>
`;
  }
}

function notice(text: string): Html {
  const { ground, ink: colour } = tones.attention;
  return html`<p class="tone-attention" style="margin:4px 0 18px;padding:12px 16px;
border-radius:8px;font-size:15px;line-height:23px;background:${ground};color:${colour};
${wrap}">${text}</p>
`;
}

/** The cell carries the colour, so that clients which ignore padding on links show a button too. */
function payButton({ label, url, note }: BlockOf<"button">): Html {
  return html`<table role="presentation" class="wide" style="margin:22px 0 10px"><tr>
<td class="button" align="center" bgcolor="${button}" style="background:${button};
border-radius:10px;text-align:center"><a href="${url}" target="_blank" style="display:inline-block;
padding:15px 40px;font-size:17px;line-height:22px;font-weight:600;color:#ffffff;
text-decoration:none">${label}</a></td>
</tr></table>
<p class="soft" style="margin:0 0 8px;font-size:14px;line-height:21px;${soft}">${note}</p>
`;
}

function title(text: string): Html {
  return html`<h2 class="ink" style="margin:30px 0 8px;font-size:17px;line-height:24px;
font-weight:700;${ink}">${text}</h2>
`;
}

function goodsTable({ title: heading, lines, totals }: BlockOf<"goods">): Html {
  const payable = totals.length - 1;
  return html`${title(heading)}<table width="100%" style="width:100%">
${lines.map(goodsRow)}${totals.map((total, index) => totalRow(total, index, payable))}</table>
`;
}

function goodsRow({ name, detail, amount }: GoodsLine): Html {
  const small = html`<br><span class="soft" style="font-size:13px;line-height:19px;
${soft}">${detail}</span>`;
  return html`<tr>
<td class="ink rule" valign="top" style="padding:11px 16px 11px 0;font-size:15px;line-height:21px;
${rule};${ink};${wrap}">${name}${detail === null ? null : small}</td>
<td class="ink rule" width="1%" valign="top" align="right" style="padding:11px 0;font-size:15px;
line-height:21px;${rule};${ink};${figures}">${amount}</td>
</tr>
`;
}

function totalRow({ label, amount }: Total, index: number, payable: number): Html {
  const last = index === payable;
  const line = index === 0 || last ? rule : "border-top:0 solid transparent";
  const above = last || index === 0 ? 14 : 4;
  const below = index === payable - 1 ? 14 : 6;
  const type = last
    ? `font-size:19px;line-height:26px;font-weight:700;${ink}`
    : `font-size:15px;line-height:21px;${soft}`;
  const shade = last ? "ink" : "soft";
  return html`<tr>
<td class="${shade} rule" valign="top" style="padding:${above}px 16px ${below}px 0;${line};${type};
${wrap}">${label}</td>
<td class="${shade} rule" width="1%" valign="top" align="right" style="padding:${above}px 0
${below}px;${line};${type};${figures}">${amount}</td>
</tr>
`;
}

function shortagesTable({ title: heading, headings, rows, more }: BlockOf<"shortages">): Html {
  const rest = html`<tr><td class="soft rule" colspan="3" style="padding:11px 0;font-size:14px;
line-height:20px;${rule};${soft}">${more}</td></tr>
`;
  return html`${title(heading)}<table width="100%" style="width:100%;margin:0 0 18px">
<tr>${shortageHead(headings)}</tr>
${rows.map(shortageRow)}${more === "" ? null : rest}</table>
`;
}

function shortageHead({ product, requested, available }: ShortageRow): Html[] {
  const type = `font-size:13px;line-height:18px;font-weight:600;${soft}`;
  return [product, requested, available].map(
    (text, index) => html`<th class="soft" scope="col" style="padding:0 0 8px ${index * 14}px;
text-align:${index === 0 ? "left" : "right"};white-space:nowrap;${type}">${text}</th>`,
  );
}

function shortageRow({ product, sku, requested, available }: ShortageRow): Html {
  const cell = `padding:11px 0 11px 14px;font-size:15px;line-height:21px;${rule};${ink};${figures}`;
  return html`<tr>
<td class="ink rule" valign="top" style="padding:11px 0;font-size:15px;line-height:21px;${rule};
${ink};${wrap}">${product}<br><span class="soft" style="font-size:13px;line-height:19px;
${soft}">${sku}</span></td>
<td class="ink rule" width="1%" valign="top" align="right" style="${cell}">${requested}</td>
<td class="ink rule" width="1%" valign="top" align="right" style="${cell};
font-weight:700">${available}</td>
</tr>
`;
}
