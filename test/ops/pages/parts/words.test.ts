import { expect, test } from "vitest";
import { withoutNumber } from "../../../../src/ops/pages/parts/words.ts";

test.each([
  ["Order N1 of £22.10: the customer has not paid.", "The customer has not paid."],
  ["Order N1 of CHF\u00a022.10: the payment was declined.", "The payment was declined."],
  ["Order N1: only a message is late: the mail.", "Only a message is late: the mail."],
  ["Order N1 is paid at Stripe: £22.10.", "Order N1 is paid at Stripe: £22.10."],
  ["Order N1 of £22.10 is a draft.", "Order N1 of £22.10 is a draft."],
  ["Order N12: is another's.", "Order N12: is another's."],
])("a diagnosis beside its order's number: %s", (sentence, shown) => {
  expect(withoutNumber(sentence, "N1")).toBe(shown);
});
