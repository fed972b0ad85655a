import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { locales, wordsOf } from "../../../src/notifications/locales/dictionaries.ts";
import { faultsOfWords } from "../../../src/notifications/locales/faults-of-words.ts";

const folder = new URL("../../../src/notifications/locales/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), "utf8"));
const english = wordsOf("en");

test.for(files)("%s has every text, each with values that are known there", (file) => {
  expect(faultsOfWords(english, file, read(file))).toEqual([]);
});

test("every file is a language that an order may have", () => {
  expect(locales.map((locale) => `${locale}.json`).toSorted()).toEqual(files.toSorted());
  expect(locales).toContain("ru");
});

describe("of a file that is not complete is said", () => {
  const german = () => ({ ...read("en.json"), about: { tag: "de-DE", smsShopName: 20 } });
  const faults = (words: unknown) => faultsOfWords(english, "de.json", words);

  test("nothing, once it is", () => {
    expect(faults(german())).toEqual([]);
  });

  test("which text it lacks, and which group", () => {
    const { footer: _, refunded: __, ...words } = german();
    words.paid = { ...words.paid, sms: " " };
    expect(faults(words)).toEqual([
      "de.json lacks footer.",
      "de.json lacks paid.sms.",
      "de.json lacks refunded.",
    ]);
  });

  test("which form of a count it lacks: those of its own language", () => {
    const polish = { ...german(), about: { tag: "pl-PL", smsShopName: 20 } };
    const { few: _, ...three } = read("ru.json").moreLines;
    expect(faults({ ...polish, items: three, moreLines: read("ru.json").moreLines })).toEqual([
      "de.json lacks items.few.",
    ]);
  });

  test("which value it names that nobody fills in", () => {
    expect(faults({ ...german(), footer: "{shop}, {ordr}" })).toEqual([
      "de.json: footer names {ordr}, which is not known there.",
    ]);
  });

  test("what it has too much, and what is no text", () => {
    expect(faults({ ...german(), hallo: "Hallo", total: 7, paid: "Bezahlt" })).toEqual([
      "de.json: total must be a string.",
      "de.json: paid must be a group of texts.",
      "de.json: hallo is a text that English has not.",
    ]);
  });

  test.for([[[]], [null], ["words"]])("that %o is none", ([words]) => {
    expect(faults(words)).toEqual(["de.json must hold an object."]);
  });

  test.for([undefined, "x y", 7])("that %o is no language", (tag) => {
    const about = { smsShopName: 20, ...(tag === undefined ? {} : { tag }) };
    expect(faults({ ...german(), about })).toEqual([
      "de.json: about.tag must be a language tag, such as de-DE.",
    ]);
  });
});
