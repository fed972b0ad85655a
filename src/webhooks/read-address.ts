import { isIP } from "node:net";
import { Refused } from "../errors.ts";
import { isPublic } from "./addresses.ts";

export type AddressRules = {
  /** Only where all receivers are ours: http, and addresses of our own network. */
  allowPrivate: boolean;
};

const longest = 2_000;
/** Names that mean this machine or this network, whatever a name server says of them. */
const localNames = /(^|\.)(localhost|local|internal|localdomain|home\.arpa)$/;

/**
 * Reads where an endpoint is to be reached, as a person wrote it. What its name leads to is looked
 * at again at each connection.
 *
 * @throws Refused that says what to write instead
 */
export function readAddress(text: string, { allowPrivate }: AddressRules): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !isHttp || text.length > longest) {
    throw wrong("Must be an address such as https://erp.example/aurora.");
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong("Must hold no user name and no password: the signature says who calls.");
  }
  if (url.hash !== "") throw wrong("Must have no part behind #: it is never sent.");
  if (allowPrivate) return url;
  if (url.protocol !== "https:") {
    throw wrong("Must begin with https://, or anybody on the way can read what is sent.");
  }
  const host = hostOf(url);
  if (isIP(host) ? !isPublic(host) : localNames.test(host.replace(/\.$/, ""))) {
    throw wrong("Must be on the public internet, not in a private or local network.");
  }
  return url;
}

/** The host as sockets know it: without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** Where an endpoint is, for people: without its path, which may hold what only it knows. */
export function hostNamed(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

function wrong(message: string): Refused {
  return new Refused("invalid_body", `url: ${message}`, [{ field: "url", message }]);
}
