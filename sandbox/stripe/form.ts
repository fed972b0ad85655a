import { Problem } from "./problems.ts";

/** A decoded form: text, lists of text, and forms within forms. */
export type Form = { [name: string]: FormValue };
export type FormValue = string | FormValue[] | Form;

/** More than any call of Stripe's API needs; what exceeds it is refused rather than worked on. */
const MAX_PAIRS = 1_000;
const MAX_DEPTH = 5;

/**
 * Decodes Stripe's form encoding: `a=1`, `a[b][c]=2`, `types[]=x`, `types[0]=x`.
 *
 * Forms have no prototype, so that a parameter named `__proto__` is an ordinary name.
 */
export function decodeForm(text: string): Form {
  const form: Form = emptyForm();
  let pairs = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    pairs += 1;
    if (pairs > MAX_PAIRS) throw refused("too many parameters");
    place(form, pathOf(name), value);
  }
  return withLists(form) as Form;
}

/** The same parameters in one order, to tell whether two requests ask the same. */
export function canonicalForm(text: string): string {
  const form = new URLSearchParams(text);
  form.sort();
  return form.toString();
}

function pathOf(name: string): string[] {
  const open = name.indexOf("[");
  if (open <= 0) return [name];
  if (!name.endsWith("]")) throw refused(`the name ${name} is not closed`);
  const path = [name.slice(0, open), ...name.slice(open + 1, -1).split("][")];
  if (path.length > MAX_DEPTH) throw refused(`the name ${name} is nested too deeply`);
  return path;
}

function place(form: Form, path: string[], value: string): void {
  let inner = form;
  for (const [depth, step] of path.entries()) {
    // `types[]` has no index of its own: it takes the next one.
    const name = step === "" ? String(Object.keys(inner).length) : step;
    if (depth === path.length - 1) {
      inner[name] = value;
      return;
    }
    const next = inner[name] ?? emptyForm();
    if (typeof next === "string" || Array.isArray(next)) {
      throw refused(`${name} is both a value and a group`);
    }
    inner[name] = next;
    inner = next;
  }
}

/** Groups whose names are 0, 1, 2 ... are lists. */
function withLists(value: FormValue, depth = 0): FormValue {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const names = Object.keys(value);
  for (const name of names) value[name] = withLists(value[name] ?? "", depth + 1);
  const isList = depth > 0 && names.length > 0 && names.every((name, i) => name === String(i));
  return isList ? Object.values(value) : value;
}

function emptyForm(): Form {
  return Object.create(null);
}

function refused(why: string): Problem {
  return new Problem(400, {
    type: "invalid_request_error",
    message: `The request's parameters could not be read: ${why}.`,
  });
}
