/** Finds persons in texts that others wrote: their addresses and numbers, and nothing else. */

const dots = "•••";

/** A text that somebody else wrote, such as a supplier's error, without addresses and numbers. */
export function maskText(text: string): string {
  const masked = text.replace(emailInText, maskEmail);
  return phonesInText.reduce((rest, phone) => rest.replace(phone, maskPhone), masked);
}

/** b•••@s•••.example: enough to compare with what a caller says. */
export function maskEmail(email: string): string {
  const [local = "", host = ""] = email.split(/@(?=[^@]*$)|%40(?=[^@]*$)/i);
  const labels = host.split(".");
  const end = labels.length > 1 ? `.${labels.at(-1)}` : "";
  return `${firstOf(local)}${dots}@${firstOf(host)}${dots}${end}`;
}

/** Its last two digits, where it has enough of them. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/%2B/i, "+").replace(/\D/g, "");
  return `${dots}${digits.length > 4 ? digits.slice(-2) : ""}`;
}

/** The first letter as people see it, also where it takes two code units. */
export function firstOf(text: string): string {
  return [...text][0] ?? "";
}

/** Also at a host of one word, such as localhost; a package at its version is none. */
const word = "[\\p{L}\\p{N}-]+";
const host = `(?:\\p{L}[\\p{L}\\p{N}-]*|(?:${word}\\.)+\\p{L}[\\p{L}\\p{N}-]*|\\d+(?:\\.\\d+){3})`;
const inLocal = "[\\p{L}\\p{N}._+'-]";
/** A long word is tried once, from its beginning: at every letter it would hold web up. */
const local = `(?<!${inLocal})${inLocal}{1,64}`;
const emailInText = new RegExp(`${local}(?:@|%40)${host}(?:\\.${word})*`, "giu");

/** What may stand between two digits of a number. */
const gap = "[ \\u00a0().\\/-]{0,2}";
/** A number stands for itself: it is no part of an id, an amount, a time or a place in code. */
const begin = "(?<![\\p{L}\\p{N}_]|\\d[.,:-]|[\\p{L}\\p{N}]-)";
const end = "(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}]|:\\d)";
/** What has as many digits and is none: 08.11.2026 12:30, 02/2026, an order's number in digits. */
const noDay =
  "(?!\\d{1,2}([./-])\\d{1,2}\\1\\d{2,4}(?![./-]?\\d))(?!\\d{1,2}[./](?:19|20)\\d\\d\\b)";
const noOrder = "(?!\\d{4}-\\d{4}-\\d{4}(?![\\w-]))";
/** Such as +1 250 000.00. */
const noAmount = "(?!\\d{1,3}(?:[ \\u00a0]\\d{3})*[.,]\\d{2}(?![.-]?\\d))";

/** Plain digits with a 0 in front are barcodes, too. */
const hasGap = "(?=\\d{0,4}[ \\u00a0().\\/-])";
const opened = "(?:\\((?=\\d+\\)))?";

/** Numbers as people and suppliers write them; each must look like one, or amounts would go. */
const phonesInText = [
  // International, also encoded for an address: +44 (7700) 900-123.
  `(?:\\+|%2B)${noAmount}[1-9](?:${gap}\\d){6,14}`,
  `${begin}00[1-9](?:${gap}\\d){8,13}${end}`,
  // National, dialled with a 0: 07700900123, 020-7946-0018, 06.12.34.56.78, (020) 7946 0018.
  `${begin}0\\d{9,10}${end}`,
  `${begin}${noDay}${noOrder}${opened}0\\d${hasGap}(?:${gap}\\d){7,10}${end}`,
  // With an 8 or a 7 first, as in Russia: 8 (916) 123-45-67, 89161234567.
  `${begin}[78][ -]?\\(?[3-9]\\d{2}\\)?[ -]\\d{3}[ -]?\\d{2}[ -]?\\d{2}${end}`,
  `${begin}[78]9\\d{9}${end}`,
  `${begin}\\(\\d{3,5}\\)(?:[ -]{0,2}\\d){6,8}${end}`,
  // As in North America: 1-202-555-0123.
  `${begin}(?:1[ .-])?\\(?[2-9]\\d{2}\\)?[ .-]{1,2}[2-9]\\d{2}[ .-]\\d{4}${end}`,
].map((pattern) => new RegExp(pattern, "giu"));
