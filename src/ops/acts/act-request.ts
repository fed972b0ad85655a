import type { z } from "zod";
import { type FieldFault, Refused } from "../../errors.ts";
import { may, type Role } from "../access/roles.ts";
import type { Act, ActName } from "./act.ts";
import { acts } from "./acts.ts";

/** Who asks, such as ops:ann, and as what. */
export type Performer = { actor: string; role: Role };

/** What somebody asks for, as it came from outside. */
export type ActRequest = {
  act: ActName;
  /** The order's id or its number. */
  order: string;
  input: unknown;
  /** Why, in the operator's words; a dry run needs none. */
  reason: string;
  idempotencyKey: string;
  /** The version that the operator saw. Only a dry run may leave it open, with null. */
  ifMatch: number | null;
  dryRun: boolean;
};

/** The same, once it is known to be sound and allowed. */
export type Wish<Kind = Act> = {
  act: Kind;
  input: Record<string, unknown>;
  reason: string;
  idempotencyKey: string;
};

const shortestReason = 3;
const longestReason = 500;
const keyPattern = /^[\x21-\x7e]{20,255}$/;

/**
 * Reads what is asked for.
 *
 * @throws Refused that names each field which is wrong, or the role that it takes
 */
export function readWish(
  performer: Performer,
  request: Omit<ActRequest, "order" | "ifMatch">,
): Wish {
  return readWishFor(acts[request.act], performer, request);
}

/** The same for whatever is done, also to what is no order. */
export function readWishFor<Kind extends Pick<Act, "title" | "leastRole" | "role" | "input">>(
  act: Kind,
  { actor, role }: Performer,
  request: Pick<ActRequest, "input" | "reason" | "idempotencyKey" | "dryRun">,
): Wish<Kind> {
  refuseRole(actor, role, act.leastRole, act.title);
  const faults: FieldFault[] = [];
  const read = act.input.safeParse(request.input ?? {});
  if (!read.success) faults.push(...read.error.issues.map(faultOf));
  const reason = request.reason.trim();
  if (!request.dryRun) faults.push(...faultsOfRecord(reason, request.idempotencyKey));
  if (!read.success || faults.length > 0) {
    const [first] = faults;
    const said = first ? ` ${first.field}: ${first.message}` : "";
    throw new Refused("invalid_act", `Mend what is wrong and try again.${said}`, faults);
  }
  refuseRole(actor, role, act.role(read.data), act.title);
  return { act, input: read.data, reason, idempotencyKey: request.idempotencyKey };
}

/** @throws Refused where the role is too low */
export function refuseRole(actor: string, role: Role, least: Role, title: string): void {
  if (may({ role }, least)) return;
  throw new Refused(
    "role_too_low",
    `"${title}" takes the role ${least}, and ${actor} is ${role}. Ask somebody who is, or an ` +
      "admin for another role.",
  );
}

function faultsOfRecord(reason: string, key: string): FieldFault[] {
  const faults: FieldFault[] = [];
  if (reason.length < shortestReason || reason.length > longestReason) {
    const message = `Say why, in ${shortestReason} to ${longestReason} characters.`;
    faults.push({ field: "reason", message });
  }
  if (!keyPattern.test(key)) {
    const message = "Needs 20 to 255 printable ASCII characters, such as a UUID.";
    faults.push({ field: "Idempotency-Key", message });
  }
  return faults;
}

function faultOf({ path, message }: z.core.$ZodIssue): FieldFault {
  const field = ["input", ...path.map(String)].join(".");
  return { field, message };
}
