import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

export type Sessions = {
  /** Whether these are the operator's name and password. */
  isOperator(name: string, password: string): boolean;
  /** A session as text for a cookie: who, until when, and our signature. */
  open(name: string, now?: number): string;
  /** Who the session is for, or null when it is over, forged, or of another password. */
  read(session: string, now?: number): { name: string } | null;
};

export const sessionSeconds = 8 * 3_600;

/**
 * Sessions are signed and kept nowhere. The signature hangs on the server's key and on the
 * password: a new password ends every session.
 */
export function createSessions(
  serverKey: string,
  operator: { user: string; password: string },
): Sessions {
  const secret = Buffer.from(serverKey, "base64");
  const key = Buffer.from(hkdfSync("sha256", secret, operator.password, "aurora session", 32));
  const digest = (text: string) => createHmac("sha256", key).update(text).digest();
  const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

  return {
    isOperator(name, password) {
      // Both are compared, whatever the first says: the time taken tells nothing.
      const checks = [isSame(name, operator.user), isSame(password, operator.password)];
      return checks.every(Boolean);
    },
    open(name, now = Date.now()) {
      const claim = JSON.stringify({ name, until: now + sessionSeconds * 1_000 });
      const text = Buffer.from(claim).toString("base64url");
      return `${text}.${digest(text).toString("base64url")}`;
    },
    read(session, now = Date.now()) {
      const [text = "", signature = ""] = session.split(".");
      if (!isSame(signature, digest(text).toString("base64url"))) return null;
      const claim = JSON.parse(Buffer.from(text, "base64url").toString()) as SessionClaim;
      return claim.until > now ? { name: claim.name } : null;
    },
  };
}

type SessionClaim = { name: string; until: number };
