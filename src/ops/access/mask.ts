import type { Address, Contact } from "../../notifications/contacts.ts";
import { may, type Operator } from "./roles.ts";

const dots = "•••";

/** The person behind an order, as far as this operator may know them. */
export function contactFor<Known extends Contact | null>(
  operator: Pick<Operator, "role">,
  contact: Known,
): Known {
  if (contact === null || may(operator, "operator")) return contact;
  return maskContact(contact) as Known;
}

/** Enough to compare with what a caller says, too little to know them: b•••@s•••.example. */
export function maskContact({ email, phone, name, address }: Contact): Contact {
  return {
    email: maskEmail(email),
    phone: phone === null ? null : maskPhone(phone),
    name: name === null ? null : initials(name),
    address: address === null ? null : onlyTown(address),
  };
}

/** A text that somebody else wrote, such as a supplier's error, without addresses and numbers. */
export function maskText(text: string): string {
  return text.replace(emailInText, maskEmail).replace(phoneInText, maskPhone);
}

/** What this operator may see of a value whose texts others wrote. */
export function seenBy<Value>(operator: Pick<Operator, "role">, value: Value): Value {
  return may(operator, "operator") ? value : maskDeep(value);
}

/** maskText for every text in a value, however deep: what is no text stays as it is. */
export function maskDeep<Value>(value: Value): Value {
  if (typeof value === "string") return maskText(value) as Value;
  if (Array.isArray(value)) return value.map((each: unknown) => maskDeep(each)) as Value;
  if (!isPlain(value)) return value;
  const masked = Object.entries(value).map(([key, each]) => [key, maskDeep(each)] as const);
  return Object.fromEntries(masked) as Value;
}

/** Dates and bytes are no places for texts. */
function isPlain(value: unknown): value is object {
  return typeof value === "object" && value?.constructor === Object;
}

const emailInText = /[\p{L}\p{N}._%+'-]+(?:@|%40)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
/** International numbers, also encoded for an address, and national ones of ten or so digits. */
const phoneInText = /(?:\+|%2B)\d(?:[ ().-]{0,2}\d){6,14}|(?<![\w-])0\d{9,10}(?![\w-])/gi;

function maskEmail(email: string): string {
  const [local = "", host = ""] = email.split(/@(?=[^@]*$)|%40(?=[^@]*$)/i);
  const labels = host.split(".");
  const end = labels.length > 1 ? `.${labels.at(-1)}` : "";
  return `${firstOf(local)}${dots}@${firstOf(host)}${dots}${end}`;
}

function maskPhone(phone: string): string {
  const digits = phone.replace(/%2B/i, "+").replace(/\D/g, "");
  return `${dots}${digits.length > 4 ? digits.slice(-2) : ""}`;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words.map((word) => `${firstOf(word).toUpperCase()}.`).join(" ");
}

function onlyTown({ city, country }: Address): Address {
  return { line1: dots, city, country };
}

/** The first letter as people see it, also where it takes two code units. */
function firstOf(text: string): string {
  return [...text][0] ?? "";
}
