import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Authenticate, bySession, type OpsEnv, requireOperator } from "./authenticate.ts";
import { csrfTokens, requireOwnPage } from "./csrf.ts";
import { type DoorParts, signInDoor } from "./door.ts";
import { loginPages, logoutPage } from "./login.ts";
import { currentSession, programSessions } from "./program-sessions.ts";

type GuardParts = DoorParts & { serverKey: string; authenticate?: Authenticate | undefined };

/** As much as /v1 takes: a bulk act on a thousand orders fits. */
const mostBodyBytes = 256 * 1_024;

/** Everything that is routed after this is for operators only. */
export function guard(ops: Hono<OpsEnv>, parts: GuardParts): void {
  const { db, serverKey, authenticate = bySession(db) } = parts;
  const door = signInDoor(parts);
  ops.use(bodyLimit({ maxSize: mostBodyBytes }));
  ops.route("/", loginPages(db, door));
  ops.route("/", programSessions(door));
  ops.use(requireOperator(authenticate, csrfTokens(serverKey)), requireOwnPage());
  ops.route("/", logoutPage(db));
  ops.route("/", currentSession(db));
}
