import { type Html, html } from "../html.ts";

export type Filter = { code: string | null; olderThanMinutes: number | null };

const ages = [
  { minutes: 10, text: "10 minutes" },
  { minutes: 60, text: "an hour" },
  { minutes: 24 * 60, text: "a day" },
];

/** Which problems are shown: by what is the matter, and for how long. */
export function filtersView(
  filter: Filter,
  groups: readonly { code: string; title: string }[],
): Html {
  const codes = groups.map(({ code, title }) => ({ value: code, text: title }));
  const times = ages.map(({ minutes, text }) => ({
    value: `${minutes}`,
    text: `longer than ${text}`,
  }));
  return html`<form class="filters" action="/ops">
${select("code", "What is the matter", filter.code, codes)}
${select("age", "For how long", filter.olderThanMinutes?.toString() ?? null, times)}
<button>Show</button>
</form>`;
}

function select(
  name: string,
  label: string,
  value: string | null,
  options: readonly { value: string; text: string }[],
): Html {
  return html`<div><label for="filter-${name}">${label}</label>
<select id="filter-${name}" name="${name}"><option value="">Everything</option>
${options.map(
  (each) =>
    html`<option value="${each.value}"${each.value === value ? html` selected` : ""}>${
      each.text
    }</option>`,
)}</select></div>`;
}
