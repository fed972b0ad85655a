import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * What is no address on the public internet, by IANA's registries of special addresses: our own
 * machine, our own network and the host's metadata (169.254.169.254) above all.
 */
const special: readonly [network: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // Teredo, benchmarks, documentation and 6to4, which hides an IPv4 address in itself.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const blocked = new BlockList();
for (const [network, prefix] of special) {
  blocked.addSubnet(network, prefix, isIPv6(network) ? "ipv6" : "ipv4");
}

/** All that is given out of IPv6: loopback, mapped, translated and local ones lie outside. */
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address leads out onto the public internet. What is no IP address does not. */
export function isPublic(address: string): boolean {
  // An address of this machine's own links says by which: fe80::1%eth0.
  const [bare = ""] = address.split("%");
  const family = isIP(bare);
  if (family === 4) return !blocked.check(bare, "ipv4");
  return family === 6 && given.check(bare, "ipv6") && !blocked.check(bare, "ipv6");
}
