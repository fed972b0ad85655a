import type { MessageFacts } from "../facts.ts";
import { countryName, fill, formatMoment, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import type { Block } from "./letter.ts";

/** The first line of every mail. */
export function hello(facts: MessageFacts, words: Words): Block {
  const name = greetedName(facts.contactName);
  const text = name === null ? words.helloNobody : fill(words.hello, { name });
  return { kind: "paragraph", text };
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

/** What the goods' hold is called in an inbox, and in a mail. */
export function previewOf(facts: MessageFacts, words: HoldWords): string {
  const until = heldUntil(facts);
  return until === null ? words.preview : fill(words.previewUntil, { until });
}

export function heldOf(facts: MessageFacts, words: HoldWords): string {
  const until = heldUntil(facts);
  return until === null ? words.held : fill(words.heldUntil, { until });
}
type HoldWords = Pick<Words["problem"], "preview" | "previewUntil" | "held" | "heldUntil">;

/** Until when the goods are held, with the time zone; null when nobody said. */
export function heldUntil(facts: MessageFacts): string | null {
  return facts.expiresAt && formatMoment(facts.expiresAt, facts.locale, facts.timeZone);
}
