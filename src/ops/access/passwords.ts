import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Refused } from "../../errors.ts";
import { semaphore } from "../../queues/semaphore.ts";

/** What OWASP asks of scrypt at least, in the variant that takes 32 MiB for a password. */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;
const fewestLetters = 12;
/** Longer ones are no passwords: somebody wants to see what a long one costs us. */
const mostLetters = 200;

/** Guessers must not fill the memory: the others wait for these. */
const fewAtATime = semaphore(2);

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A password that nobody has to think of: 120 random bits. */
export function generatePassword(): string {
  return randomBytes(15).toString("base64url");
}

/**
 * A password as it is kept: scrypt$N$r$p$salt$hash.
 *
 * @throws Refused when it is too short to withstand guessing
 */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < fewestLetters || password.length > mostLetters) {
    throw new Refused(
      "password_length",
      `A password has ${fewestLetters} to ${mostLetters} characters; this one has ` +
        `${password.length}.`,
    );
  }
  const salt = randomBytes(saltBytes);
  const { N, r, p } = cost;
  const hash = await scryptOf(password, salt, cost);
  return ["scrypt", N, r, p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/**
 * Whether this is the password. Where there is none to compare with (nobody bears the name), as
 * much work is done all the same: the time taken tells nothing.
 */
export async function isPassword(kept: string | null, given: string): Promise<boolean> {
  const [, N, r, p, salt = "", hash = ""] = (kept ?? nobodys).split("$");
  const password = given.slice(0, mostLetters + 1);
  const wanted = Buffer.from(hash, "base64url");
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await scryptOf(password, Buffer.from(salt, "base64url"), parameters);
  return timingSafeEqual(found, wanted) && kept !== null;
}

/** Costs what a password costs, and is the password of nobody. */
const nobodys = [
  ...["scrypt", cost.N, cost.r, cost.p],
  Buffer.alloc(saltBytes).toString("base64url"),
  Buffer.alloc(hashBytes).toString("base64url"),
].join("$");

function scryptOf(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  // scrypt itself takes 128 * N * r bytes; Node wants to be allowed a little more.
  const options = { N, r, p, maxmem: 256 * N * r };
  return fewAtATime(() => derive(password.normalize("NFC"), salt, hashBytes, options));
}
