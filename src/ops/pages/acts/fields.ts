import { type Content, type Html, html } from "../html.ts";

/** One thing that an act wants to know. */
export type Field = {
  name: string;
  label: string;
  kind: "text" | "number" | "select";
  hint?: string;
  value: string;
  options?: readonly { value: string; text: string }[];
  required?: boolean;
  fault?: string | undefined;
};

export function fieldView(field: Field): Html {
  const { name, label, kind, hint, fault } = field;
  const isOptional = !field.required && kind !== "select";
  const says = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(" ");
  return html`<div class="field">
<label for="field-${name}">${label}${isOptional ? html` <span class="soft">optional</span>` : ""}
</label>
${control(field, says)}
${hint ? html`<p class="small-print" id="${name}-hint">${hint}</p>` : ""}
${fault ? html`<p class="alarm" id="${name}-fault" role="alert">${fault}</p>` : ""}
</div>
`;
}

function control({ name, kind, value, options = [], required, fault }: Field, says: string): Html {
  const about: Content[] = [
    html` id="field-${name}" name="${name}"`,
    required ? html` required` : "",
    says ? html` aria-describedby="${says}"` : "",
    fault ? html` aria-invalid="true"` : "",
  ];
  if (kind === "select") {
    const choices = options.map(
      (each) =>
        html`<option value="${each.value}"${each.value === value ? html` selected` : ""}>${
          each.text
        }</option>`,
    );
    return html`<select${about}>${choices}</select>`;
  }
  const mode = kind === "number" ? html` inputmode="decimal"` : html` maxlength="500"`;
  return html`<input type="text"${about}${mode} value="${value}" autocomplete="off">`;
}
