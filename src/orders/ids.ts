/** Crockford's base 32: no I, L, O, U, so that people read it out without mistakes. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export const orderNumberPattern = new RegExp(`^[${alphabet}]{4}(-[${alphabet}]{4}){2}$`);

/**
 * An order's name for people, such as `4Q7K-9M2X-P0TZ`, from the last 60 bits of its id: the
 * random end of a UUIDv7, so that nobody reads from it how many orders there are.
 */
export function orderNumber(orderId: string): string {
  let bits = BigInt(`0x${orderId.replaceAll("-", "").slice(-15)}`);
  let text = "";
  for (let index = 0; index < 12; index++) {
    text = (alphabet[Number(bits & 31n)] ?? "") + text;
    bits >>= 5n;
  }
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}
