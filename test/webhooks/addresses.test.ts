import { describe, expect, test } from "vitest";
import { isPublic } from "../../src/webhooks/addresses.ts";

describe("an address", () => {
  test.each([
    ["our own machine", ["127.0.0.1", "127.255.255.254", "0.0.0.0", "::1", "::"]],
    ["a private network", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1"]],
    ["the host's metadata", ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"]],
    ["this link alone", ["169.254.0.1", "fe80::1", "fe80::1%eth0", "100.64.0.1"]],
    ["IPv4 in the clothes of IPv6", ["::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1"]],
    ["translated IPv4", ["64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1"]],
    ["nobody in particular", ["224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1"]],
    [
      "documents and tests",
      ["192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "2001:db8::1"],
    ],
    ["no address at all", ["", "erp.example", "127.1", "0x7f000001", "1.2.3.4.5"]],
  ])("of %s is not called", (_what, addresses) => {
    expect(addresses.filter(isPublic)).toEqual([]);
  });

  test("on the public internet is called", () => {
    const open = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "223.255.255.1"];
    const six = ["2606:4700:4700::1111", "2a00:1450:4001:800::200e", "2003::1"];
    expect([...open, ...six].filter((address) => !isPublic(address))).toEqual([]);
  });
});
