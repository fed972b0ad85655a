import { isCurrency } from "../../src/currencies.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];

/** All codes that a currency could have: three letters. */
export const everyCode = letters.flatMap((first) =>
  letters.flatMap((second) => letters.map((third) => first + second + third)),
);

/** Those that we charge in. */
export const everyCurrency = everyCode.filter(isCurrency);
