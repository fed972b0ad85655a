import type { Plan } from "../../acts/act.ts";
import { type Content, type Html, html } from "../html.ts";
import { panel } from "../parts/notice.ts";
import { type Field, fieldView } from "./fields.ts";

/** What an act must be told before it is known what it would do. */
export function fieldsView(
  { fields, plan }: { fields: readonly Field[]; plan: Plan | null },
  action: string,
): Html {
  return panel(
    "What exactly",
    html`<form class="body act-form" action="${action}">
<div class="fields">${fields.map(fieldView)}</div>
<button${plan === null ? html` class="primary"` : ""}>Show what it would do</button>
</form>`,
  );
}

/** What it would do, with the form that has it done, or why it can't be. */
export function planView(
  plan: Plan | null,
  back: { address: string; to: string },
  confirmation: Html,
): Content {
  if (plan === null) return null;
  if (!plan.possible) {
    return panel(
      "What it would do",
      html`<div class="body"><p><strong>Nothing: it is not possible.</strong></p>
<p>${plan.because}</p>
<p class="then"><a class="button" href="${back.address}">Back to ${back.to}</a></p></div>`,
    );
  }
  return panel(
    "What it will do",
    html`<div class="body">
<ul class="evidence">${plan.effects.map((effect) => html`<li>${effect}</li>`)}</ul>
${confirmation}
</div>`,
  );
}
