import { isTexted } from "../../src/notifications/facts.ts";
import { type Html, html, verbatim } from "../../src/notifications/html.ts";
import type { MessageTemplate } from "../../src/notifications/lifecycle.ts";
import {
  type Locale,
  languageName,
  locales,
} from "../../src/notifications/locales/dictionaries.ts";
import { renderMail, renderSms } from "../../src/notifications/render.ts";
import { countSegments } from "../../src/notifications/sms-segments.ts";
import {
  linksAt,
  renderStaffMail,
  renderStaffSms,
} from "../../src/notifications/staff/staff-letters.ts";
import { type Sample, sampleOrder, samples } from "./samples.ts";
import { staffSamples } from "./staff-samples.ts";
import { script, sheet } from "./style.ts";

/** Every message in every language on one page: as HTML, as plain text, and as SMS. */
export function mailsPage(): string {
  const templates = Object.entries(samples) as [MessageTemplate, readonly Sample[]][];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Aurora's messages</title>
<style>${verbatim(sheet)}</style>
</head>
<body>
<header><h1>Aurora's messages</h1>
<nav aria-label="Messages">${templates.map(([name]) => link(name, asWords(name)))}
${link("staff", "To staff")}</nav></header>
<main>
${templates.map(([name, ways]) => templateSection(name, ways))}
${staffSection()}
</main>
<script>${verbatim(script)}</script>
</body>
</html>
`.text;
}

function templateSection(template: MessageTemplate, ways: readonly Sample[]): Html {
  return html`<section id="${template}"><h2>${asWords(template)}</h2>
${ways.map(
  (way) => html`<h3>${way.what}</h3>
<div class="languages">${locales.map((locale) => inOneLanguage(template, way, locale))}</div>
`,
)}</section>
`;
}

function inOneLanguage(template: MessageTemplate, way: Sample, locale: Locale): Html {
  const facts = sampleOrder(locale, way);
  const mail = renderMail(template, facts);
  const title = `${asWords(template)}, ${way.what}, ${languageName(locale)}`;
  const hasSms = isTexted(template) && !(template === "pay_link" && facts.payUrl === null);
  return article(locale, title, mail, hasSms ? renderSms(template, facts).text : null);
}

/** What staff reads: in English alone. */
function staffSection(): Html {
  const links = linksAt("https://orders.example");
  const articles = staffSamples.map(({ what, message }) => {
    const mail = renderStaffMail(message, links);
    return html`<div><h3>${what}</h3>
${article("en", `To staff, ${what}`, mail, renderStaffSms(message, links))}</div>
`;
  });
  return html`<section id="staff"><h2>To staff</h2>
<div class="languages">${articles}</div></section>
`;
}

/** One message in one language, by each of its ways. */
function article(locale: Locale, title: string, mail: Mail, sms: string | null): Html {
  return html`<article lang="${locale}">
<p class="language">${languageName(locale)}</p>
<p class="subject">${mail.subject}</p>
<iframe sandbox="allow-same-origin" title="${title}" srcdoc="${mail.html}"></iframe>
${sms === null ? null : smsBubble(sms)}
<details><summary>As plain text</summary><pre tabindex="0">${mail.text}</pre></details>
</article>
`;
}
type Mail = { subject: string; html: string; text: string };

/** One SMS as a telephone shows it, with what it costs. */
function smsBubble(text: string): Html {
  const segments = countSegments(text);
  const letters = [...text].length;
  return html`<div class="sms"><p>${text}</p>
<p class="cost">SMS: ${letters} letters, ${segments} segment${segments === 1 ? "" : "s"}</p></div>
`;
}

const link = (name: string, text: string) => html`<a href="#${name}">${text}</a> `;

/** "order_paid" reads Order paid. */
function asWords(template: string): string {
  const words = template.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
