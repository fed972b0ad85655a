import { InvariantBroken } from "../../errors.ts";
import type { Block } from "./letter.ts";

/** The way to the page where the customer goes on with the payment. */
export function payButton(url: string, label: string, note: string): Block {
  return { kind: "button", label, url: webAddress(url), note };
}

/** What a customer is sent to: it came from a setting, so it is looked at before it is sent. */
export function webAddress(url: string): string {
  if (/^https?:\/\/\S+$/.test(url)) return url;
  throw new InvariantBroken(
    "pay_url_is_no_address",
    "The link to pay is no http address: PAY_URL_TEMPLATE needs one.",
  );
}
