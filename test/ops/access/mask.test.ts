import { describe, expect, test } from "vitest";
import { contactFor, maskContact, seenBy } from "../../../src/ops/access/mask.ts";

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

test("whatever has texts in it loses persons, the names of fields too", () => {
  const at = new Date(0);
  const bytes = Buffer.from("bob@shop.example");
  const deep = { "bob@shop.example": ["to +447700900123", { at, bytes, count: 447_700_900_123 }] };
  expect(seenBy({ role: "operator" }, deep)).toBe(deep);
  expect(seenBy({ role: "viewer" }, deep)).toEqual({
    "b•••@s•••.example": ["to •••23", { at, bytes, count: 447_700_900_123 }],
  });
});
