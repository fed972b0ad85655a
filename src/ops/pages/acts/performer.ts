import type { Operator } from "../../access/roles.ts";
import type { Performer } from "../../acts/act-request.ts";

/** An operator as the audit names them. */
export function performerOf({ name, role }: Operator): Performer {
  return { actor: `ops:${name}`, role };
}
