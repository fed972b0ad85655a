import { expect, test } from "vitest";
import { callerOf } from "../../../src/ops/access/origin.ts";

const saying = (text?: string) => ({ header: () => text });

test("believes what a header says of the caller only behind a router that is trusted", () => {
  expect(callerOf(saying("1.1.1.1"), "9.9.9.9", false)).toBe("9.9.9.9");
  expect(callerOf(saying("1.1.1.1"), undefined, false)).toBe("unknown");
  // The router adds its own at the end; what stands before it, the caller may have made up.
  expect(callerOf(saying("1.1.1.1, 2.2.2.2"), "9.9.9.9", true)).toBe("2.2.2.2");
  expect(callerOf(saying(), "9.9.9.9", true)).toBe("9.9.9.9");
});

test("takes all addresses that one subscriber of IPv6 has for one caller", () => {
  const ofSocket = (address: string) => callerOf(saying(), address, false);
  for (const [address, caller] of [
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["1.2.3.4", "1.2.3.4"],
  ] as const) {
    expect([address, ofSocket(address)]).toEqual([address, caller]);
  }
});
