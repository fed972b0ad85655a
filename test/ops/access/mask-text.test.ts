import { describe, expect, test } from "vitest";
import { maskText } from "../../../src/ops/access/mask-text.ts";

describe("a text that others wrote", () => {
  test("is read in no time, however long its words are", () => {
    const begun = performance.now();
    const text = `${"a".repeat(200_000)} bob@shop.example`;
    expect(maskText(text).endsWith(" b•••@s•••.example")).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  test.each([
    [
      "550 no such user <bob.o'hara+x@mail.shop.example>, bye",
      "550 no such user <b•••@m•••.example>, bye",
    ],
    ["GET /lookup?to=bob%40shop.example", "GET /lookup?to=b•••@s•••.example"],
    ["жанна@почта.рф пишет", "ж•••@п•••.рф пишет"],
    ["from root@localhost: refused", "from r•••@l•••: refused"],
    ["bob@mail2, and eve@10.0.0.1", "b•••@m•••, and e•••@1•••.1"],
    ["mail bob@shop.example.", "mail b•••@s•••.example."],
    ["bob@3com.example", "b•••@3•••.example"],
  ])("loses addresses: %s", (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test.each([
    ["The 'To' number +447700900123 is not valid", "The 'To' number •••23 is not valid"],
    ["to=%2B447700900123&x", "to=•••23&x"],
    ["call +44 (7700) 900-123.", "call •••23."],
    ["+44 (0)20 7946 0018", "•••18"],
    ["tel:+7(916)123-45-67", "tel:•••67"],
    ["0044 7700 900123", "•••23"],
    ["call 07700900123 now", "call •••23 now"],
    ["call 07700 900999, please", "call •••99, please"],
    ["(020-7946-0018)", "(•••18)"],
    ["tel:020 7946 0018;", "tel:•••18;"],
    ["(020) 7946 0018", "•••18"],
    ["06 12 34 56 78", "•••78"],
    ["06.12.34.56.78", "•••78"],
    ["0151/23456789", "•••89"],
    ["8 (916) 123-45-67", "•••67"],
    ["8-916-123-45-67 и 89161234567", "•••67 и •••67"],
    ["7 916 123 45 67", "•••67"],
    ["(916) 123-45-67", "•••67"],
    ["1-202-555-0123 or (202) 555-0123", "•••23 or •••23"],
    ["202.555.0123", "•••23"],
    ["07700900123 2026-11-26", "•••23 2026-11-26"],
    ["07700 900999: no answer", "•••99: no answer"],
  ])("loses numbers: %s", (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test.each([
    ["an order's number", "4Q7K-9M2X-P0TZ 1234-5678-9012 0123-4567-8901 8916-1234-5678"],
    ["an order's number beside others", "4Q7K-0123-4567 and 0770-0900-123A"],
    ["amounts", "999,999.99 GBP 12 500 000.00 +1 250 000.00 0.0123456789 8 345 678 901 JPY"],
    ["amounts in minor units", "4999 1000000 83456789012 of 1764118800"],
    ["days", "2026-11-26 26.11.2026 08.11.2026 12:30 08/11/2026 10 02/2026 1234.56 05-11-26 1200"],
    [
      "moments",
      "2026-11-26T00:53:30.123Z 2026-11-26 00:53:30.123456+00 00:53:30 +0300 1764118800000",
    ],
    ["UUIDs", "019305a7-8901-7123-8123-012345678901 01930547-8901-7123-8123-012345678901"],
    ["other UUIDs", "00000000-0000-0000-0000-000000000000 89161234-5678-4a12-8123-079161234567"],
    ["Stripe's ids", "pi_3Q0123456789 evt_07700900123 ch_3_07700900123 re_89161234567"],
    ["jobs", "start_payment-01930547-8901-7123-8123-012345678901-1-0"],
    ["barcodes", "012345678905 4006381333931 0000012345678"],
    ["places in code", "file:///app/src/x.ts:123:45 stripe@23.0.0 node@24 at 10.0.0.12:8080"],
    ["counts", "in 0 of 12 after 250 ms, 404 (not found), 200 50 1000"],
  ])("keeps %s", (_, text) => {
    expect(maskText(text)).toBe(text);
  });
});
