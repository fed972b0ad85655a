export interface Element {
  name: string;
  attributes: Record<string, string>;
  /** Its own text, without that of the elements within. */
  text: string;
  elements: Element[];
}

const piece = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/uy;
const attribute = /([\w:-]+)="([^"]*)"/g;
const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** Reads a picture as strictly as a browser reads XML, and knows only what ours are made of. */
export function readSvg(text: string): Element {
  const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.exec(text);
  if (forbidden) throw new Error(`A character that no XML may hold, at ${forbidden.index}`);
  const document: Element = { name: "", attributes: {}, text: "", elements: [] };
  const open = [document];
  piece.lastIndex = 0;
  while (piece.lastIndex < text.length) {
    const at = piece.lastIndex;
    const match = piece.exec(text);
    if (!match) throw new Error(`No XML at ${at}: ${text.slice(at, at + 60)}`);
    const [, closing, name = "", attributes = "", alone, words] = match;
    const inside = open.at(-1)!;
    if (words !== undefined) inside.text += unescaped(words);
    else if (closing) {
      if (inside.name !== name) throw new Error(`${name} ends within ${inside.name}, at ${at}`);
      open.pop();
    } else {
      const element = { name, attributes: attributesOf(attributes), text: "", elements: [] };
      inside.elements.push(element);
      if (!alone) open.push(element);
    }
  }
  const [svg, ...others] = document.elements;
  if (open.length > 1) throw new Error(`${open.at(-1)!.name} has no end`);
  if (!svg || others.length > 0) throw new Error("A document is one element");
  if (document.text.trim() !== "") throw new Error(`Text around the picture: ${document.text}`);
  return svg;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(attribute)].map(([, name, value]) => [name!, unescaped(value!)]);
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length < pairs.length) throw new Error(`Given twice:${text}`);
  return attributes;
}

function unescaped(text: string): string {
  return text.replace(/&(\w*)(;?)/g, (found, name, end) => {
    const letter = end && entities[name];
    if (!letter) throw new Error(`${found} is no entity`);
    return letter;
  });
}

/** Everything within, at whatever depth, in the order of the text. */
export function allWithin(element: Element): Element[] {
  return element.elements.flatMap((each) => [each, ...allWithin(each)]);
}

export function named(element: Element, name: string): Element[] {
  return allWithin(element).filter((each) => each.name === name);
}

export function ofClass(element: Element, className: string): Element[] {
  const classes = (each: Element) => each.attributes["class"]?.split(" ") ?? [];
  return allWithin(element).filter((each) => classes(each).includes(className));
}
