import { html } from "hono/html";
import type { Books } from "../books.ts";
import { type Mail, showAddress } from "../sendgrid/mail.ts";
import { type Html, newest, page } from "./layout.ts";
import { showTime } from "./wording.ts";

/** The mails that were accepted, newest first. */
export function mailsPage(books: Books, pageText: string | undefined): Html {
  const { shown, links } = newest(books.mails.rows, pageText, "/inbox/mail");
  const rows = shown.map(
    (mail) => html`<li><a href="/inbox/mail/${mail.id}">
      <strong class="wide">${mail.subject}</strong>
      <span class="soft cut">to ${mail.to.map(showAddress).join(", ")}</span>
      <span class="end">${showTime(mail.acceptedAt)}</span>
    </a></li>`,
  );
  return page(
    "Mail",
    "/inbox/mail",
    html`<h1>Mail</h1>
      ${rows.length > 0 ? html`<ul class="rows">${rows}</ul>${links}` : nothingYet}`,
  );
}

/** One mail as its reader sees it, its plain-text twin, and its envelope. */
export function mailPage(mail: Mail): Html {
  const gone = html`<p class="note">Only the envelope of a mail this old is kept.</p>`;
  return page(
    mail.subject,
    "/inbox/mail",
    html`<h1>${mail.subject}</h1>
      <p class="soft">from ${showAddress(mail.from)} to ${mail.to.map(showAddress).join(", ")}</p>
      ${mail.html === null && mail.text === null ? gone : bodiesOf(mail)}
      <h2>Envelope</h2>
      <div class="card"><dl>
        <dt>Accepted</dt><dd>${showTime(mail.acceptedAt)}</dd>
        <dt>Message id</dt><dd class="mono">${mail.id}</dd>
        ${mail.replyTo ? html`<dt>Reply to</dt><dd>${showAddress(mail.replyTo)}</dd>` : ""}
        ${listOf("Cc", mail.cc.map(showAddress))}
        ${listOf("Bcc", mail.bcc.map(showAddress))}
        ${listOf("Categories", mail.categories)}
        ${pairsOf(mail.headers)}
        ${pairsOf(mail.customArgs)}
      </dl></div>`,
  );
}

const nothingYet = html`<p class="note">No mail yet. Customers hear of their orders when
  they are paid, out of stock, expired or cancelled.</p>`;

/**
 * The frame is sandboxed: a mail's script would not run in a mail reader either. Its links open
 * in a page of their own, so that a customer's way from the mail to paying can be walked. The
 * frame grows with the mail: a total behind a scroll bar is a total that nobody looks at.
 */
function bodiesOf(mail: Mail): Html {
  const sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
  const fit = "this.style.height = `${this.contentDocument.documentElement.scrollHeight + 2}px`";
  const shown =
    mail.html === null
      ? html`<p class="note">This mail has no HTML part.</p>`
      : html`<iframe title="The mail" sandbox="${sandbox}" onload="${fit}"
          srcdoc="${`<base target="_blank">${mail.html}`}"></iframe>`;
  const text =
    mail.text === null
      ? html`<p class="note">This mail has no plain-text part.</p>`
      : html`<div class="card"><pre class="text mono">${mail.text}</pre></div>`;
  return html`<div class="mail">
    <section><h2>As it is shown</h2>${shown}</section>
    <section><h2>Plain text</h2>${text}</section>
  </div>`;
}

function pairsOf(pairs: Record<string, string>): Html[] {
  return Object.entries(pairs).map(
    ([name, value]) => html`<dt>${name}</dt><dd class="mono">${value}</dd>`,
  );
}

function listOf(name: string, values: string[]): Html | "" {
  return values.length > 0 ? html`<dt>${name}</dt><dd>${values.join(", ")}</dd>` : "";
}
