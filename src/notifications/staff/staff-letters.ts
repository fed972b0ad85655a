import { InvariantBroken } from "../../errors.ts";
import { formatMoney, oneLine } from "../format.ts";
import { htmlLetter } from "../templates/html-letter.ts";
import type { Block, Letter } from "../templates/letter.ts";
import { textLetter } from "../templates/text-letter.ts";
import type { AlarmLine, OnCallLetter, StaffMessage, StaffOrder } from "./staff-messages.ts";
import { eventTitle } from "./staff-words.ts";

/** Where OrderTracker shows something, as the outside reaches it. */
type Links = { order(id: string): string; problems: string };

export function linksAt(publicUrl: string): Links {
  const base = publicUrl.replace(/\/+$/, "");
  return { order: (id) => `${base}/ops/orders/${id}`, problems: `${base}/ops` };
}

/** Writes a mail to staff, as HTML and as the plain text that says the same. */
export function renderStaffMail(message: Content, links: Links) {
  const letter = letterOf(message, links);
  const from = message.order ? oneLine(message.order.shopName, 80) : "Aurora";
  const orderLabel = message.order ? `Order ${message.order.number}` : "On call";
  const footer = "Aurora sends you this by the rules of STAFF_RULES.";
  return {
    subject: oneLine(letter.subject),
    html: htmlLetter(letter, { locale: "en", shopName: from, orderLabel, footer }),
    text: textLetter(letter, footer),
  };
}

/** Writes an SMS to staff: what it is, and where to look. */
export function renderStaffSms(message: Content, links: Links): string {
  const { order, letter } = message;
  if (order) {
    const { shopName, number, event } = order;
    const what = `${oneLine(shopName, 30)}: order ${number}: ${eventTitle(event)}`;
    return `${what}, ${plainMoney(order)}. ${links.order(order.id)}`;
  }
  const { raised, over } = toldIn(letter);
  const first = raised[0] ?? over[0];
  const rest = raised.length + over.length - 1;
  const more = rest > 0 ? ` and ${rest} more` : "";
  const word = raised.length > 0 ? "Needs a hand" : "Over";
  return `Aurora: ${word}: ${first?.title ?? ""}${more}. ${links.problems}`;
}

type Content = Pick<StaffMessage, "order" | "letter">;

function letterOf({ order, letter }: Content, links: Links): Letter {
  return order ? noticeOf(order, links) : alarmOf(toldIn(letter), links);
}

function noticeOf(order: StaffOrder, links: Links): Letter {
  const title = eventTitle(order.event);
  const total = formatMoney(order.totalMinor, order.currency, "en");
  const shop = oneLine(order.shopName, 80);
  return {
    subject: `${title}: order ${order.number}, ${total}`,
    preview: `At ${shop}.`,
    tone: "calm",
    badge: title,
    heading: `Order ${order.number}: ${total}`,
    blocks: [
      { kind: "paragraph", text: `${title}. The order was placed at ${shop}.` },
      look(links.order(order.id), "Open the order"),
    ],
  };
}

function alarmOf({ raised, over }: OnCallLetter, links: Links): Letter {
  const [first] = raised.length > 0 ? raised : over;
  const rest = raised.length + over.length - 1;
  const more = rest > 0 ? ` and ${rest} more` : "";
  const isOver = raised.length === 0;
  return {
    subject: `${isOver ? "Over" : "Needs a hand"}: ${first?.title ?? ""}${more}`,
    preview: isOver ? "OrderTracker shows it no more." : "OrderTracker shows it for too long.",
    tone: isOver ? "good" : "attention",
    badge: isOver ? "Over" : "Needs a hand",
    heading: isOver ? "Over" : "What needs a hand",
    blocks: [
      ...raised.flatMap((line) => lines(line)),
      ...(over.length > 0 && !isOver ? [notice("Over, and shown no more:")] : []),
      ...over.flatMap((line) => lines(line)),
      look(links.problems, "Open OrderTracker"),
    ],
  };
}

function lines({ title, about, orders, more }: AlarmLine): Block[] {
  const numbers = orders.map(({ number }) => number).join(", ");
  const rest = more > 0 ? ` and ${more} more` : "";
  const which = orders.length > 0 ? ` Orders: ${numbers}${rest}.` : "";
  return [{ kind: "paragraph", text: `${title}.${about ? ` ${about}` : ""}${which}` }];
}

const notice = (text: string): Block => ({ kind: "notice", text });

function look(url: string, label: string): Block {
  return { kind: "button", label, url, note: "It asks who you are." };
}

function toldIn(letter: OnCallLetter | null): OnCallLetter {
  if (letter) return letter;
  throw new InvariantBroken("nothing_to_tell", "A message to staff has neither order nor letter.");
}

/** A sign that GSM-7 lacks would cut an SMS to 70 letters a segment. */
function plainMoney({ totalMinor, currency }: StaffOrder): string {
  return formatMoney(totalMinor, currency, "en", "code").replace(/\s/g, " ");
}
