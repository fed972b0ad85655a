/** What one language says: texts by their names, in groups. */
type Texts = { [name: string]: string | number | Texts };

/** Names of values in a text stand in braces. */
const namesOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);

/**
 * What is missing in a language's file, or is too much in it, each with the file and the name of
 * the text. The English texts are the model; the forms of a count are those of the language.
 */
export function faultsOfWords(model: Texts, file: string, words: unknown): string[] {
  if (!isGroup(words)) return [`${file} must hold an object.`];
  const tag = tagOf(words);
  if (tag === null) return [`${file}: about.tag must be a language tag, such as de-DE.`];
  return compare(model, words, { file, tag, path: "" });
}

type Place = { file: string; tag: string; path: string };

function compare(model: Texts, words: Texts, place: Place): string[] {
  const { file, path } = place;
  const missing = Object.entries(model).flatMap(([name, text]) => {
    const at = { ...place, path: path === "" ? name : `${path}.${name}` };
    return Object.hasOwn(words, name) ? compareOne(text, words[name], at) : [lacks(at)];
  });
  const strange = Object.keys(words).filter((name) => !Object.hasOwn(model, name));
  const full = (name: string) => (path === "" ? name : `${path}.${name}`);
  return [
    ...missing,
    ...strange.map((name) => `${file}: ${full(name)} is a text that English has not.`),
  ];
}

function compareOne(model: string | number | Texts, text: unknown, place: Place): string[] {
  const { file, path } = place;
  if (isGroup(model)) {
    if (!isGroup(text)) return [`${file}: ${path} must be a group of texts.`];
    return isCount(model) ? compareForms(model, text, place) : compare(model, text, place);
  }
  if (typeof text !== typeof model) return [`${file}: ${path} must be a ${typeof model}.`];
  if (typeof text !== "string" || typeof model !== "string") return [];
  if (text.trim() === "") return [lacks(place)];
  return strangeNames(namesOf(model), text, place);
}

/** Each language counts in its own forms: English in two, Russian in four. */
function compareForms(model: Texts, text: Texts, place: Place): string[] {
  const forms = new Intl.PluralRules(place.tag).resolvedOptions().pluralCategories;
  const example = String(model["other"]);
  return forms.flatMap((form) => {
    const at = { ...place, path: `${place.path}.${form}` };
    return Object.hasOwn(text, form) ? compareOne(example, text[form], at) : [lacks(at)];
  });
}

function strangeNames(known: readonly string[], text: string, { file, path }: Place): string[] {
  return namesOf(text)
    .filter((name) => !known.includes(name))
    .map((name) => `${file}: ${path} names {${name}}, which is not known there.`);
}

const lacks = ({ file, path }: Place) => `${file} lacks ${path}.`;
const isCount = (group: Texts) => Object.hasOwn(group, "other");

function isGroup(value: unknown): value is Texts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tagOf(words: Texts): string | null {
  const { about } = words;
  const tag = isGroup(about) ? about["tag"] : undefined;
  try {
    return typeof tag === "string" ? (Intl.getCanonicalLocales(tag)[0] ?? null) : null;
  } catch {
    return null;
  }
}
