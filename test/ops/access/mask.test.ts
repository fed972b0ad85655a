import { describe, expect, test } from "vitest";
import { contactFor, maskContact, maskText } from "../../../src/ops/access/mask.ts";

const contact = {
  email: "bob.buyer@shop.corner.example",
  phone: "+447700900123",
  name: "Bob van Buyer",
  address: { line1: "1 High Street", city: "Leeds", postalCode: "LS1 1AA", country: "GB" },
};

describe("a person, to a viewer", () => {
  test("is enough to compare with what a caller says, and too little to know them", () => {
    expect(maskContact(contact)).toEqual({
      email: "b•••@s•••.example",
      phone: "•••23",
      name: "B. V. B.",
      address: { line1: "•••", city: "Leeds", country: "GB" },
    });
    expect(maskContact({ email: "😀@x", phone: "+123", name: null, address: null })).toEqual({
      email: "😀•••@x•••",
      phone: "•••",
      name: null,
      address: null,
    });
  });

  test("is masked for viewers only, and may have been erased", () => {
    expect(contactFor({ role: "viewer" }, contact)).toEqual(maskContact(contact));
    for (const role of ["operator", "admin"] as const) {
      expect(contactFor({ role }, contact)).toBe(contact);
    }
    expect(contactFor({ role: "viewer" }, null)).toBeNull();
  });
});

describe("a text that others wrote", () => {
  test.each([
    [
      "550 no such user <bob.o'hara+x@mail.shop.example>, bye",
      "550 no such user <b•••@m•••.example>, bye",
    ],
    ["GET /lookup?to=bob%40shop.example", "GET /lookup?to=b•••@s•••.example"],
    ["The 'To' number +447700900123 is not valid", "The 'To' number •••23 is not valid"],
    ["to=%2B447700900123&x", "to=•••23&x"],
    ["call +44 (7700) 900-123.", "call •••23."],
    ["call 07700900123 now", "call •••23 now"],
    ["жанна@почта.рф пишет", "ж•••@п•••.рф пишет"],
  ])("loses addresses and numbers: %s", (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test("keeps ids, amounts, times and places in code", () => {
    const text =
      "pi_3Q0123456789 019305a7-8901-7123-8123-012345678901 4Q7K-9M2X-P0TZ 1764118800000 " +
      "2026-11-26T00:53:30.123Z 999,999.99 GBP at file:///app/src/x.ts:123:45";
    expect(maskText(text)).toBe(text);
  });
});
