import { counted } from "../../../notifications/format.ts";

/** A code of ours as words: action_required reads "action required". */
export function inWords(code: string): string {
  return code.replaceAll("_", " ").replaceAll("-", " ");
}

export function asTitle(code: string): string {
  const words = inWords(code);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * A diagnosis where the order's number stands beside it already: "Order N: ..." and "Order N of
 * £22.10: ..." begin behind the colon; where more is said before it, the sentence stays whole.
 */
export function withoutNumber(sentence: string, number: string): string {
  const [opening = ""] = /^Order [^ :]+( of [^ :]+)?: /.exec(sentence) ?? [];
  if (!opening.startsWith(`Order ${number}:`) && !opening.startsWith(`Order ${number} of `)) {
    return sentence;
  }
  const rest = sentence.slice(opening.length);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** 1 order, 2 orders. */
export function count(number: number, one: string, other = `${one}s`): string {
  return counted(number, "en", { one: `{count} ${one}`, other: `{count} ${other}` });
}

const steps = [
  { seconds: 86_400, unit: "d" },
  { seconds: 3_600, unit: "h" },
  { seconds: 60, unit: "min" },
  { seconds: 1, unit: "s" },
] as const;

/** A length of time in its largest unit: 42 s, 7 min, 3 h, 12 d. */
export function lengthOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const step = steps.find((each) => seconds >= each.seconds) ?? steps[3];
  return `${Math.floor(seconds / step.seconds)} ${step.unit}`;
}
