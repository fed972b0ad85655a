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

test("what shops and operators wrote is hidden whole: no pattern knows a name", () => {
  const named = "for Ada Plugh";
  const adjustments = [{ kind: "discount", name: named, amountMinor: -1 }];
  const lines = [{ sku: "tea", name: "Tea", quantity: 1 }];
  const sentence = `Its money is to be found under ${named}.`;
  const old = { act: "set_status", subject: named, outcome: { reference: named, sentence } };
  const other = { act: "refund", subject: "re_1", outcome: { sentence: "It is on its way." } };
  const order = { order: { customerRef: named }, adjustments, lines, acts: [old, other] };
  expect(seenBy({ role: "operator" }, order)).toBe(order);
  expect(seenBy({ role: "viewer" }, order)).toEqual({
    order: { customerRef: "•••" },
    adjustments: [{ kind: "discount", name: "•••", amountMinor: -1 }],
    lines,
    acts: [{ ...old, subject: "•••", outcome: { reference: "•••", sentence: "•••" } }, other],
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
