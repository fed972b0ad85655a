import { createHash } from "node:crypto";
import type { StaffRules } from "../../staff-rules.ts";
import type { Channel } from "../lifecycle.ts";

/** By what a member of staff stands in our tables: their address is in the configuration alone. */
export function recipientOf(address: string): string {
  const hash = createHash("sha256").update(address.trim().toLowerCase()).digest("hex");
  return `staff:${hash.slice(0, 16)}`;
}

export function channelOf(address: string): Channel {
  return address.startsWith("+") ? "sms" : "email";
}

/** Every address and number of the rules, by what stands for it. */
export function addressBook({ rules, onCall }: StaffRules): Map<string, string> {
  const all = [...rules.flatMap(({ to }) => to), ...(onCall?.to ?? [])];
  return new Map(all.map((address) => [recipientOf(address), address]));
}
