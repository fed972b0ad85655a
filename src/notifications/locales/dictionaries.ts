import type { Locale } from "../facts.ts";
import { en, type Words } from "./en.ts";
import { ru } from "./ru.ts";

/** Every language's words, each complete: a word that is missing does not compile. */
export const dictionaries: Record<Locale, Words> = { en, ru };
