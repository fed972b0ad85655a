import type { Db } from "../src/db/connect.ts";
import { createKey, createShop, listKeys, listShops, revokeKey } from "../src/orders/shops.ts";
import { commandLine } from "./command-line.ts";
import { onTargetDatabase } from "./target-database.ts";

const line = commandLine(`npm run keys -- list
npm run keys -- shop --name NAME --currency gbp [--origin https://shop.example]...
npm run keys -- add --shop ID|NAME --kind secret|publishable
npm run keys -- revoke PREFIX|ID
With --json the answer is one JSON value.`);

type Wishes = ReturnType<typeof readArguments>;

/**
 * npm run keys: shops and their API keys, in the database of DATABASE_URL or of the local world.
 * A key is shown once, when it is made.
 */
async function main(db: Db, wishes: Wishes): Promise<void> {
  const { verb, name, json } = wishes;
  const show = (value: unknown, lines: string[]) =>
    console.log(json ? JSON.stringify(value) : lines.join("\n"));
  switch (verb) {
    case "list":
      return list(db, show);
    case "shop":
      return makeShop(db, wishes, show);
    case "add":
      return addKey(db, wishes, show);
    case "revoke": {
      if (!name) throw line.misuse("revoke needs the prefix or the id of a key.");
      const key = await revokeKey(db, name);
      return show(key, [`Revoked ${key.prefix}... of ${key.shopName}. It opens nothing in 5 s.`]);
    }
    default:
      throw line.misuse(verb ? `There is no "${verb}".` : "What is to be done?");
  }
}

type Show = (value: unknown, lines: string[]) => void;

async function list(db: Db, show: Show): Promise<void> {
  const shops = await listShops(db);
  const keys = await listKeys(db);
  const lines = shops.flatMap((shop) => [
    `${shop.name}  ${shop.id}  ${shop.currency}  ${shop.origins.join(" ")}`.trimEnd(),
    ...keys
      .filter(({ shopId }) => shopId === shop.id)
      .map(({ prefix, kind, id, createdAt, revokedAt }) => {
        const state = revokedAt ? `revoked ${day(revokedAt)}` : `since ${day(createdAt)}`;
        return `  ${prefix}...  ${kind.padEnd(11)}  ${state}  ${id}`;
      }),
  ]);
  show({ shops, keys }, lines.length > 0 ? lines : ["There is no shop yet. Make one:", line.usage]);
}

async function makeShop(db: Db, { name, currency, origins }: Wishes, show: Show): Promise<void> {
  if (!name || !currency) throw line.misuse("shop needs --name and --currency.");
  const shop = await createShop(db, { name, currency, origins });
  show(shop, [`Shop ${shop.name}: ${shop.id}`, "Its keys: npm run keys -- add --shop ..."]);
}

async function addKey(db: Db, { shop: wanted, kind }: Wishes, show: Show): Promise<void> {
  if (!wanted) throw line.misuse("add needs --shop, by name or id.");
  if (kind !== "secret" && kind !== "publishable") {
    throw line.misuse("add needs --kind secret or --kind publishable.");
  }
  const shops = await listShops(db);
  const found = shops.filter(({ id, name }) => id === wanted || name === wanted);
  const [shop] = found;
  if (!shop) throw line.misuse(`There is no shop "${wanted}".`);
  if (found.length > 1) throw line.misuse(`Several shops are called "${wanted}": give the id.`);
  const made = await createKey(db, shop.id, kind);
  show({ ...made, kind, shopId: shop.id }, [
    made.key,
    `This is the ${kind} key of ${shop.name}. It is not shown again.`,
  ]);
}

function readArguments(args: string[]) {
  const { values, positionals } = parse(args);
  const [verb, target] = positionals;
  return {
    verb,
    name: values.name ?? target,
    shop: values.shop,
    kind: values.kind,
    currency: values.currency,
    origins: values.origin ?? [],
    json: values.json ?? false,
  };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const options = {
    name: text,
    currency: text,
    origin: { type: "string", multiple: true },
    shop: text,
    kind: text,
    json: { type: "boolean" },
  } as const;
  return line.parse({ args, options, allowPositionals: true });
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("keys", process.env, (db) => main(db, readArguments(process.argv.slice(2))));
