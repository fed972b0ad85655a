import type { MessageFacts } from "../facts.ts";
import { countryName, formatMoment, oneLine } from "../format.ts";
import type { Words } from "../locales/en.ts";
import type { Block } from "./letter.ts";

/** The first line of every mail. */
export function hello(facts: MessageFacts, words: Words): Block {
  return { kind: "paragraph", text: words.hello(greetedName(facts.contactName)) };
}

/**
 * Anybody may place an order in anybody's name, with any text for a name: a shop's mail must
 * not carry a stranger's link or advertisement, so what looks like one is not repeated.
 */
function greetedName(contactName: string | null): string | null {
  const name = oneLine(contactName ?? "");
  const carriesMore = /[/:@\\]|\p{L}\.\p{L}{2,}|www\.|\d{4}/iu.test(name);
  return name === "" || name.length > longestName || carriesMore ? null : name;
}
const longestName = 60;

/** Where the goods go; nothing when the order has no address. */
export function delivery(facts: MessageFacts, words: Words): Block[] {
  const { address, locale } = facts;
  if (address === null) return [];
  const city = [address.postalCode, address.city].filter(Boolean).join(" ");
  const lines = [
    facts.contactName ?? "",
    address.line1,
    address.line2 ?? "",
    city,
    address.region ?? "",
    countryName(address.country, locale),
  ];
  const written = lines.map((line) => oneLine(line)).filter((line) => line !== "");
  return [{ kind: "address", title: words.goesTo, lines: written }];
}

/** Until when the goods are held, with the time zone; null when nobody said. */
export function heldUntil(facts: MessageFacts): string | null {
  return facts.expiresAt && formatMoment(facts.expiresAt, facts.locale, facts.timeZone);
}
