import type { ActName } from "../../acts/act.ts";
import type { Diagnosis } from "../../diagnosis.ts";
import { formAddress } from "../acts/act-fields.ts";
import { type Content, type Html, html } from "../html.ts";
import { severityBadge } from "../parts/badge.ts";
import { age, moment } from "../parts/moment.ts";
import { money } from "../parts/money.ts";
import { withoutNumber } from "../parts/words.ts";

/** An act as a link to its form. */
export type Offer = { act: ActName; title: string; input?: Record<string, unknown> };

export type Offers = {
  /** What helps; null where waiting is right, and for those who may not act. */
  recommended: (Offer & { dryRun: string[] }) | null;
  others: readonly Offer[];
};

type About = { orderId: string; number: string; currency: string; now: Date };

/** What is the matter, why we think so, and the one thing to do about it. */
export function diagnosisView(diagnosis: Diagnosis, offers: Offers, about: About): Html {
  const { code, severity, sentence, evidence, since, atStakeMinor, also } = diagnosis;
  return html`<section class="diagnosis ${severity}" aria-labelledby="diagnosis">
<p class="meta">${severityBadge(severity)}
${since === null ? "" : html`<span>for ${age(since, about.now)}</span>`}
${atStakeMinor > 0 ? html`<span>${money(atStakeMinor, about.currency)} at stake</span>` : ""}
<code class="soft">${code}</code></p>
<h2 id="diagnosis">${withoutNumber(sentence, about.number)}</h2>
${
  evidence.length === 0
    ? ""
    : html`<ul class="evidence">${evidence.map((each) => evidenceItem(each, about.now))}</ul>`
}
${alsoView(also, about)}
${actsView(offers, about)}
</section>`;
}

/** What else needs a person: nobody should dismiss what was not shown. */
function alsoView(also: Diagnosis["also"], { number }: About): Content {
  if (also.length === 0) return null;
  return html`<h3>Also</h3>
<ul class="evidence also">${also.map(
    ({ code, sentence }) =>
      html`<li>${withoutNumber(sentence, number)} <code class="soft">${code}</code></li>`,
  )}</ul>`;
}

function evidenceItem({ what, at }: Diagnosis["evidence"][number], now: Date): Html {
  const when = at === null ? "" : html` <span class="soft">${moment(at, now)}</span>`;
  return html`<li>${what}${when}</li>`;
}

function actsView({ recommended, others }: Offers, { orderId, currency }: About): Content {
  if (!recommended && others.length === 0) return null;
  return html`<div class="offers">
${
  recommended
    ? html`<a class="button primary" href="${formAddress(orderId, recommended, currency)}">${
        recommended.title
      }</a>`
    : ""
}
${
  others.length === 0
    ? ""
    : html`<details id="more-acts" class="more"><summary class="button">More</summary>
<ul>${others.map(
        (offer) =>
          html`<li><a href="${formAddress(orderId, offer, currency)}">${offer.title}</a></li>`,
      )}</ul></details>`
}
</div>
${
  recommended && recommended.dryRun.length > 0
    ? html`<ul class="effects">${recommended.dryRun.map((effect) => html`<li>${effect}</li>`)}</ul>`
    : ""
}`;
}
