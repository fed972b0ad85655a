/** The letters that every telephone has (GSM 03.38); those of the second set cost two places. */
const gsmLetters = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const gsmExtended = new Set("^{}\\[~]|€");

/** Whether a text has only letters of GSM 03.38. One other letter makes each segment 70 long. */
export function isGsm(text: string): boolean {
  return [...text].every((letter) => gsmLetters.has(letter) || gsmExtended.has(letter));
}

/** How many messages a text is sent and paid as: each part of a longer one carries a header. */
export function countSegments(text: string): number {
  const gsm = isGsm(text);
  const length = gsm
    ? [...text].reduce((sum, letter) => sum + (gsmExtended.has(letter) ? 2 : 1), 0)
    : text.length;
  const [single, part] = gsm ? [160, 153] : [70, 67];
  return length <= single ? 1 : Math.ceil(length / part);
}
