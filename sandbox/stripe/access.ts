import { timingSafeEqual } from "node:crypto";
import type { Form } from "./form.ts";
import type { Intent } from "./objects.ts";
import { docUrl, missingParameter, Problem } from "./problems.ts";

/** A secret key may do all; a publishable one, as in a browser, only what a client secret opens. */
export type KeyKind = "secret" | "publishable";

export function readKey(authorization: string | undefined): KeyKind {
  const key = keyIn(authorization);
  if (/^(sk|rk)_test_./.test(key)) return "secret";
  if (/^pk_test_./.test(key)) return "publishable";
  throw new Problem(401, {
    type: "invalid_request_error",
    message:
      key === ""
        ? "No API key was sent. Send one as a bearer token or as the user of basic auth."
        : `Invalid API key: ${key.slice(0, 8)}... The stand-in takes keys that begin sk_test_.`,
  });
}

export function refusePublishable(): Problem {
  return new Problem(403, {
    type: "invalid_request_error",
    code: "secret_key_required",
    doc_url: docUrl("secret_key_required"),
    message: "A publishable key cannot make this call. Use a secret key.",
  });
}

/** Whoever comes with a publishable key must know the intent's own secret. */
export function checkClientSecret(intent: Intent, form: Form): void {
  const secret = form["client_secret"];
  if (typeof secret !== "string" || secret === "") throw missingParameter("client_secret");
  const [given, known] = [Buffer.from(secret), Buffer.from(intent.client_secret)];
  if (given.length === known.length && timingSafeEqual(given, known)) return;
  const code = "payment_intent_invalid_parameter";
  throw new Problem(400, {
    type: "invalid_request_error",
    code,
    doc_url: docUrl(code),
    message: "The client_secret is not the one of this PaymentIntent.",
    param: "client_secret",
  });
}

/** What a browser is shown of an intent: nothing that is meant for the merchant alone. */
export function publicView(intent: Intent): Partial<Intent> {
  const { metadata, latest_charge, amount_received, amount_capturable, ...shown } = intent;
  return shown;
}

function keyIn(authorization = ""): string {
  const [scheme = "", value = ""] = authorization.split(" ");
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return "";
  return Buffer.from(value, "base64").toString("utf8").split(":")[0] ?? "";
}
