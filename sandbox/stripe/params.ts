import type { Form, FormValue } from "./form.ts";
import type { Metadata } from "./objects.ts";
import { docUrl, invalidParameter, missingParameter, Problem } from "./problems.ts";

const METADATA_KEYS = 50;
const METADATA_KEY_LENGTH = 40;
const METADATA_VALUE_LENGTH = 500;

/** Refuses names that the route does not take, as Stripe does, so that a typing error is heard. */
export function refuseUnknown(form: Form, known: readonly string[]): void {
  const name = Object.keys(form).find((name) => !known.includes(name));
  if (name === undefined) return;
  throw invalidParameter(name, "parameter_unknown", `Received unknown parameter: ${name}`);
}

export function readText(form: Form, name: string): string {
  const text = readOptionalText(form, name);
  if (text === undefined) throw missingParameter(name);
  return text;
}

export function readOptionalText(form: Form, name: string): string | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalid(name, "Invalid string");
  if (value !== "") return value;
  throw invalidParameter(name, "parameter_invalid_empty", `The parameter ${name} is empty.`);
}

/** Text that an empty value takes away again. */
export function readClearableText(form: Form, name: string): string | null | undefined {
  return form[name] === "" ? null : readOptionalText(form, name);
}

export function readFlag(form: Form, name: string): boolean | undefined {
  const text = readOptionalText(form, name);
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw invalid(name, `Invalid boolean: ${text}`);
  return text === "true";
}

export function readChoice<Choice extends string>(
  form: Form,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = readOptionalText(form, name);
  if (text === undefined) return undefined;
  const choice = choices.find((choice) => choice === text);
  if (choice === undefined) throw invalid(name, `Must be one of ${choices.join(", ")}`);
  return choice;
}

export function readList(form: Form, name: string): string[] | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid(name, "Invalid array");
  return value.map((item) => {
    if (typeof item !== "string") throw invalid(name, "Invalid array of strings");
    return item;
  });
}

export function readGroup(form: Form, name: string): Form | undefined {
  const value = form[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" || Array.isArray(value)) throw invalid(name, "Invalid object");
  return value;
}

/** Metadata is merged name by name; an empty value takes a name away, an empty whole takes all. */
export function mergeMetadata(form: Form, before: Metadata): Metadata {
  const value = form["metadata"];
  if (value === undefined) return before;
  if (value === "") return {};
  if (typeof value === "string") throw invalid("metadata", "Invalid object");
  const after = new Map(Object.entries(before));
  for (const [name, text] of Object.entries<FormValue>(value as Form)) {
    checkMetadata(name, text);
    if (text === "") after.delete(name);
    else after.set(name, String(text));
  }
  if (after.size > METADATA_KEYS) {
    throw invalid("metadata", `Metadata can have up to ${METADATA_KEYS} keys`);
  }
  return Object.fromEntries(after);
}

function checkMetadata(name: string, text: FormValue): void {
  const param = `metadata[${name}]`;
  if (typeof text !== "string") throw invalid(param, "Metadata values must be strings");
  if (name.length > METADATA_KEY_LENGTH) {
    throw invalid(param, `Metadata keys can be up to ${METADATA_KEY_LENGTH} characters long`);
  }
  if (text.length > METADATA_VALUE_LENGTH) {
    throw invalid(param, `Metadata values can be up to ${METADATA_VALUE_LENGTH} characters long`);
  }
}

/** A value of the wrong shape: Stripe names the parameter, and has no code for it. */
export function invalid(param: string, message: string): Problem {
  return new Problem(400, {
    type: "invalid_request_error",
    message: `${message} (${param}).`,
    param,
  });
}

export function readWhole(form: Form, name: string, least: number, most: number) {
  const text = readOptionalText(form, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Problem(400, {
    type: "invalid_request_error",
    code: "parameter_invalid_integer",
    doc_url: docUrl("parameter_invalid_integer"),
    message: `The parameter ${name} must be a whole number from ${least} to ${most}.`,
    param: name,
  });
}
