import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Db } from "../../db/connect.ts";
import type { Log } from "../../log.ts";
import { watchKnocking } from "./knocking.ts";
import { callerOf } from "./origin.ts";
import { type SignIn, signIn } from "./sign-in.ts";

export type DoorParts = { db: Db; log: Log; trustProxy: boolean };

/** Somebody who must wait before anything is looked at, or what came of what they said. */
export type Knocked = SignIn | { outcome: "wait"; seconds: number };

/**
 * Where a name and a password are said, by people and by programs: guessers wait, by where they
 * come from.
 */
export function signInDoor({ db, log, trustProxy }: DoorParts) {
  const knocking = watchKnocking();
  return async (c: Context, given: { name: string; password: string }): Promise<Knocked> => {
    const caller = callerOf(c.req, socketAddress(c), trustProxy);
    const seconds = knocking.waitSeconds(caller) || (await knocking.standInLine());
    if (seconds > 0) return { outcome: "wait", seconds };
    const answer = await signIn(db, { ...given, caller });
    if (answer.outcome === "in") {
      knocking.succeeded(caller);
      log.info("signed_in", { actor: `ops:${answer.operator.name}` });
    } else {
      knocking.failed(caller);
      log.warn("sign_in_failed", { reason: answer.outcome });
    }
    return answer;
  };
}

export type Door = ReturnType<typeof signInDoor>;

/** What those are told who are not let in: nothing of what was wrong. */
export function sayNo(c: Context, no: Exclude<Knocked, { outcome: "in" }>) {
  if (no.outcome === "wrong") {
    return { status: 401, fault: "The name or the password is wrong." } as const;
  }
  c.header("Retry-After", String(no.seconds));
  const why = no.outcome === "wait" ? "attempts" : "wrong passwords from where you are";
  return { status: 429, fault: `Too many ${why}. Try again in ${no.seconds} s.` } as const;
}

function socketAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined; // Asked in-process, without a socket.
  }
}
