import { decimalsOf, inDecimals } from "../../../currencies.ts";
import { formatMoney } from "../../../notifications/format.ts";
import { worthOf } from "../../../orders/refunds/refund-lines.ts";
import { owedFor } from "../../../orders/refunds/worth.ts";
import type { Role } from "../../access/roles.ts";
import type { Act, ActName } from "../../acts/act.ts";
import { saleOf } from "../../acts/goods-worth.ts";
import { moneyOf, refundablesOf } from "../../acts/money-standing.ts";
import { shapeOfInput } from "../../acts/shape-of-input.ts";
import type { OrderFacts } from "../../facts/facts.ts";
import { asTitle, inWords } from "../parts/words.ts";
import type { Field } from "./fields.ts";

/** What was typed into a form, or stands in a link: by the names of an act's inputs. */
export type Given = Readonly<Record<string, string>>;

/** Inputs bear this in forms: `reason` is what every act has, and some have one of their own. */
export const prefix = "in.";
/** Of a refund by lines: how many of each SKU. */
const linePrefix = "lines.";

type Property = {
  title?: string;
  description?: string;
  type?: string;
  enum?: string[];
  /** Of what may also be null. */
  anyOf?: { enum?: string[] }[];
};

type Known = { facts: OrderFacts; given: Given; role: Role };

/** The fields of an act's form, as its own schema tells them to this role. */
export function fieldsOf(act: Act, { facts, given, role }: Known): Field[] {
  const schema = shapeOfInput(act, role);
  const required = new Set(schema.required);
  return Object.entries(schema.properties).flatMap(([name, property]: [string, Property]) => {
    if (property.type === "array") return lineFields(facts, given);
    return [fieldOf(name, property, required.has(name), facts, given)];
  });
}

function fieldOf(
  name: string,
  { title, description, type, enum: own, anyOf }: Property,
  isRequired: boolean,
  facts: OrderFacts,
  given: Given,
): Field {
  const values = own ?? anyOf?.find((each) => each.enum)?.enum;
  const options = optionsFor(name, values, facts);
  const about = {
    name: prefix + name,
    label: title ?? asTitle(name),
    value: given[name] ?? "",
    required: isRequired,
  };
  if (isMoney(name)) return moneyField(about, facts.order.currency);
  const hint = description === undefined ? {} : { hint: description };
  if (!options) return { ...about, ...hint, kind: type === "integer" ? "number" : "text" };
  const none = { value: "", text: isRequired ? "Choose" : "As it is" };
  return { ...about, ...hint, kind: "select", options: [none, ...options] };
}

const isMoney = (name: string) => name.endsWith("Minor");

const leftOut = "what the goods are worth that are named, else all that is left";

function moneyField(about: Omit<Field, "kind">, currency: string): Field {
  const example = inDecimals(10 ** decimalsOf(currency) * 12, currency);
  const hint = `In ${currency.toUpperCase()}, such as ${example}. Left out: ${leftOut}.`;
  return { ...about, kind: "number", hint };
}

function lineFields(facts: OrderFacts, given: Given): Field[] {
  const sale = saleOf(facts);
  return facts.lines.map(({ sku, writtenSku, name, quantity }) => {
    const worth = formatMoney(worthOf(owedFor(sale, [{ sku, quantity }])), sale.currency, "en");
    return {
      name: `${prefix}${linePrefix}${sku}`,
      label: `How many of ${writtenSku}`,
      kind: "number",
      hint: `${name}: ${quantity} ordered. What is not refunded of it is worth ${worth}.`,
      value: given[`${linePrefix}${sku}`] ?? "",
    };
  });
}

/** What can be chosen, where it is one of the order's own things. */
function optionsFor(name: string, values: string[] | undefined, facts: OrderFacts) {
  if (values) return values.map((value) => ({ value, text: inWords(value) }));
  if (name === "messageId") {
    return facts.messages.map(({ id, template, channel, status }) => ({
      value: id,
      text: `${channel === "sms" ? "SMS" : "E-mail"}: ${inWords(template)} (${status})`,
    }));
  }
  if (name === "paymentId") {
    return refundablesOf(facts).map(({ payment, leftMinor }) => ({
      value: payment.id,
      text: `Payment ${payment.attempt}: ${moneyOf({ payment, leftMinor })} left`,
    }));
  }
  if (name === "eventId") {
    return facts.inbox.map(({ id, type, status }) => ({ value: id, text: `${type} (${status})` }));
  }
  if (name === "jobId") {
    const ofOneRow = facts.jobs?.filter(({ rows }) => rows === 1);
    return ofOneRow?.map(({ id, kind, state }) => ({
      value: id,
      text: `${inWords(kind)} (${state})`,
    }));
  }
  return undefined;
}

/** The act's input as its schema takes it: amounts in minor units, what is empty left out. */
export function inputOf(given: Given, currency: string): Record<string, unknown> {
  const lines: { sku: string; quantity: number }[] = [];
  const input: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(given)) {
    if (text === "") continue;
    if (name.startsWith(linePrefix)) {
      lines.push({ sku: name.slice(linePrefix.length), quantity: Number(text) });
    } else if (isMoney(name)) input[name] = minorOf(text, currency);
    else input[name] = /^\d+$/.test(text) && name === "minutes" ? Number(text) : text;
  }
  return lines.length === 0 ? input : { ...input, lines };
}

/** "12.50" of gbp is 1250; what is no such amount stays as it is, for the schema to refuse. */
function minorOf(text: string, currency: string): number | string {
  const decimals = decimalsOf(currency);
  const [, whole, fraction = ""] = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > decimals) return text;
  return Number(whole + fraction.padEnd(decimals, "0"));
}

/** The other way round: what an act is proposed with, as fields. */
function givenOf(input: Record<string, unknown>, currency: string | undefined): Given {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]): [string, string][] => {
      if (typeof value === "number" && isMoney(name)) {
        return currency === undefined ? [] : [[name, inDecimals(value, currency)]];
      }
      if (name === "lines" && Array.isArray(value)) {
        return value.map(({ sku, quantity }) => [`${linePrefix}${sku}`, String(quantity)]);
      }
      return value === undefined || value === null ? [] : [[name, String(value)]];
    }),
  );
}

type Wanted = { act: ActName; input?: Record<string, unknown> };

/** The form of an act, filled in with what is proposed; amounts need the order's currency. */
export function formAddress(
  orderId: string,
  { act, input = {} }: Wanted,
  currency?: string,
): string {
  const given = Object.entries(givenOf(input, currency));
  const fields = given.map(([name, value]): [string, string] => [prefix + name, value]);
  const query = new URLSearchParams(fields);
  return `/ops/orders/${orderId}/acts/${act}${given.length === 0 ? "" : `?${query}`}`;
}
