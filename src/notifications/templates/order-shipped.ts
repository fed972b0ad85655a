import { InvariantBroken } from "../../errors.ts";
import type { MessageFacts, MessageParcel } from "../facts.ts";
import { fill, oneLine } from "../format.ts";
import type { Words } from "../locales/dictionaries.ts";
import type { Block, WriteLetter } from "./letter.ts";
import { partCount, partOfGoods } from "./part-of-goods.ts";
import { delivery, hello } from "./person.ts";

/** A parcel left the house: what is in it, who brings it, and how to follow it. */
export const orderShipped: WriteLetter = (facts, words) => {
  const { isLast, ...parcel } = parcelOf(facts);
  const { subject, subjectPart, heading, headingPart, preview, opening } = words.shipped;
  const carrier = oneLine(parcel.carrier, 60);
  const rest = { kind: "paragraph" as const, text: words.shipped.rest };
  const open = fill(opening, { shop: oneLine(facts.shopName, 80), carrier });
  return {
    subject: fill(isLast ? subject : subjectPart, { order: facts.orderNumber }),
    preview: fill(preview, { items: partCount(facts, words), carrier }),
    tone: "good",
    badge: words.shipped.badge,
    heading: isLast ? heading : headingPart,
    blocks: [
      hello(facts, words),
      { kind: "paragraph", text: open },
      ...(isLast ? [] : [rest]),
      ...tracking(facts, words),
      partOfGoods(words.shipped.inParcel, facts, words),
      ...delivery(facts, words),
    ],
  };
};

/** The parcel that a message is about. */
export function parcelOf({ parcel }: MessageFacts): MessageParcel {
  if (parcel) return parcel;
  throw new InvariantBroken(
    "shipment_without_carrier",
    "The event that a shipment's message tells of has no carrier: its detail needs one.",
  );
}

function tracking(facts: MessageFacts, words: Words): Block[] {
  const { trackingNumber, trackingUrl } = parcelOf(facts);
  const number = trackingNumber && oneLine(trackingNumber, 60);
  const note = number === null ? "" : fill(words.shipped.tracking, { number });
  // The shop's own link, looked at when it came in. It never becomes anything but a web address.
  if (trackingUrl !== null && /^https:\/\/[^\s"<>]+$/.test(trackingUrl)) {
    return [{ kind: "button", label: words.shipped.button, url: trackingUrl, note }];
  }
  return note === "" ? [] : [{ kind: "notice", text: note }];
}
