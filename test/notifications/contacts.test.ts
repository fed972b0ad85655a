import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contactSafe } from "../../src/notifications/contacts.ts";

const key = (id: string) => ({ id, key: randomBytes(32).toString("base64") });
const person = { email: "Buyer@Shop.example", phone: "+447700900123", name: "B", address: null };

describe("a contact", () => {
  test("is opened by the key that sealed it, also after a newer one came", () => {
    const [first, second] = [key("k1"), key("k2")];
    const { keyId: key_id, sealed } = contactSafe([first]).seal(person);
    expect(contactSafe([second, first]).open({ key_id, sealed })).toEqual(person);
  });

  test("that no key opens is nobody, not an error", () => {
    const { keyId: key_id, sealed } = contactSafe([key("k1")]).seal(person);
    expect(contactSafe([key("k2")]).open({ key_id, sealed })).toBeNull();
    expect(contactSafe([key("k1")]).open({ key_id, sealed })).toBeNull();
  });

  test("is found by its e-mail under each key, whatever its case", () => {
    const [first, second] = [key("k1"), key("k2")];
    const { emailHash } = contactSafe([first]).seal(person);
    const hashes = contactSafe([second, first]).hashesOfEmail("buyer@shop.example ");
    expect(hashes.some((hash) => hash.equals(emailHash))).toBe(true);
  });

  test("shows nothing of the person in what is stored", () => {
    const { sealed, emailHash } = contactSafe([key("k1")]).seal(person);
    expect(`${sealed.toString("latin1")}${emailHash.toString("latin1")}`).not.toContain("uyer");
  });
});
