import { readdirSync, readFileSync } from "node:fs";
import english from "./en.json" with { type: "json" };
import { faultsOfWords } from "./faults-of-words.ts";

/** All that Aurora says to customers. The English file is the model: every other has its keys. */
export type Words = typeof english;

/** A file of this folder without its ending, such as `en`. */
export type Locale = string;

const folder = new URL("./", import.meta.url);

/** Every language that has a file here. One that is not complete stops a process at its start. */
const dictionaries = readDictionaries();

/** The languages that an order may have, English first. */
export const locales = ["en", ...[...dictionaries.keys()].filter((name) => name !== "en")] as [
  Locale,
  ...Locale[],
];

/** The words of a language; of one whose file was taken away since, the English ones. */
export function wordsOf(locale: Locale): Words {
  return dictionaries.get(locale) ?? english;
}

/** What a language is called in English. */
export function languageName(locale: Locale): string {
  return new Intl.DisplayNames("en", { type: "language" }).of(locale) ?? locale;
}

function readDictionaries(): Map<Locale, Words> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const read = files.toSorted().map((file) => {
    const words: unknown = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    return { file, words };
  });
  const faults = read.flatMap(({ file, words }) => faultsOfWords(english, file, words));
  if (faults.length > 0) throw new Error(`Messages are not complete:\n${faults.join("\n")}`);
  return new Map(read.map(({ file, words }) => [file.replace(/\.json$/, ""), words as Words]));
}
