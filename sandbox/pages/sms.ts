import { html } from "hono/html";
import type { Books } from "../books.ts";
import { statusOf } from "../twilio/sms.ts";
import { type Html, newest, page } from "./layout.ts";
import { showTime } from "./wording.ts";

/** The text messages that were accepted, newest first. */
export function textsPage(books: Books, now: number, pageText: string | undefined): Html {
  const { shown, links } = newest(books.texts.rows, pageText, "/inbox/sms");
  const rows = shown.map((sms) => {
    const status = statusOf(sms, now);
    const tone = status === "delivered" ? "good" : "";
    const parts = sms.segments === 1 ? "1 part" : `${sms.segments} parts`;
    return html`<li><div class="row">
      <strong>${sms.to}</strong>
      <span class="end"><span class="state ${tone}">${status}</span></span>
      <span class="soft wide">from ${sms.from}, ${parts}, ${showTime(sms.acceptedAt)}</span>
      <p class="text bubble wide">${sms.body}</p>
    </div></li>`;
  });
  return page(
    "SMS",
    "/inbox/sms",
    html`<div class="sms"><h1>Text messages</h1>
      ${rows.length > 0 ? html`<ul class="rows">${rows}</ul>${links}` : nothingYet}</div>`,
  );
}

const nothingYet = html`<p class="note">No text message yet. Customers who left a phone
  number get one when their order is paid or cancelled.</p>`;
