import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSessions, sessionSeconds } from "../../../src/ops/access/session.ts";

const serverKey = randomBytes(32).toString("base64");
const ann = { user: "ann", password: "a long password" };
const sessions = createSessions(serverKey, ann);

describe("a session", () => {
  test("names its operator until eight hours are over", () => {
    const now = Date.now();
    const session = sessions.open("ann", now);
    expect(sessions.read(session, now + (sessionSeconds - 1) * 1_000)).toEqual({ name: "ann" });
    expect(sessions.read(session, now + sessionSeconds * 1_000)).toBeNull();
  });

  test("can't be forged, stretched or brought from elsewhere", () => {
    const [claim = "", signature = ""] = sessions.open("ann").split(".");
    const stretched = Buffer.from(JSON.stringify({ name: "ann", until: 9e15 })).toString(
      "base64url",
    );
    const elsewhere = createSessions(randomBytes(32).toString("base64"), ann).open("ann");
    for (const forged of [
      "",
      ".",
      "x.y",
      claim,
      `${claim}.`,
      `${stretched}.${signature}`,
      elsewhere,
    ]) {
      expect(sessions.read(forged)).toBeNull();
    }
  });

  test("ends when the password changes", () => {
    const later = createSessions(serverKey, { ...ann, password: "another password" });
    expect(later.read(sessions.open("ann"))).toBeNull();
  });

  test("is opened by the right name with the right password only", () => {
    expect(sessions.isOperator("ann", "a long password")).toBe(true);
    for (const [name, password] of [
      ["ann", ""],
      ["ann", "a long passwor"],
      ["Ann", "a long password"],
      ["", ""],
    ] as const) {
      expect(sessions.isOperator(name, password)).toBe(false);
    }
  });
});
