import type { Address, Contact } from "../../notifications/contacts.ts";
import { firstOf, maskEmail, maskPhone, maskText } from "./mask-text.ts";
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

type Fields = Record<string, unknown>;

/** What this operator may see of a value whose texts others wrote. */
export function seenBy<Value>(operator: Pick<Operator, "role">, value: Value): Value {
  return may(operator, "operator") ? value : maskDeep(value);
}

/**
 * maskText for every text in a value, however deep, and for names; what operators wrote is hidden
 * whole, since people name people in words that no pattern knows. The rest stays as it is.
 */
export function maskDeep<Value>(value: Value): Value {
  if (typeof value === "string") return maskText(value) as Value;
  if (Array.isArray(value)) return value.map((each: unknown) => maskDeep(each)) as Value;
  if (!isPlain(value)) return value;
  const masked = Object.entries(value).map(([key, each]) => {
    return [maskText(key), isWritten(value, key, each) ? dots : maskDeep(each)];
  });
  return Object.fromEntries(masked) as Value;
}

const written: readonly string[] = ["note", "reference", "returned", "customerRef"];
/** A carrier's number leads to a door. */
const leading: readonly string[] = ["trackingNumber", "trackingUrl"];

/** An act's reason is a person's words; other reasons are codes, or what a supplier answered. */
function isWritten(value: Fields, key: string, text: unknown): boolean {
  if (typeof text !== "string" || text === "") return false;
  if (leading.includes(key) || written.includes(key)) return true;
  if (key === "name") return isAdjustment(value);
  if (key === "sentence") return repeats(text, value);
  return "act" in value && (key === "reason" || (key === "subject" && saysReference(value)));
}

/** Of a discount the shop says for whom; a name of goods is the same for everybody. */
function isAdjustment(value: Fields): boolean {
  return "kind" in value && "amountMinor" in value;
}

/** An act's subject is an id, but where it is the reference: acts of old have it there, too. */
function saysReference({ outcome }: Fields): boolean {
  return isPlain(outcome) && "reference" in outcome;
}

/** What acts of old say of money that came by other means repeats the reference. */
function repeats(sentence: string, { reference }: Fields): boolean {
  return typeof reference === "string" && sentence.includes(reference);
}

/** Dates and bytes are no places for texts. */
function isPlain(value: unknown): value is Fields {
  return typeof value === "object" && value?.constructor === Object;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words.map((word) => `${firstOf(word).toUpperCase()}.`).join(" ");
}

function onlyTown({ city, country }: Address): Address {
  return { line1: dots, city, country };
}
