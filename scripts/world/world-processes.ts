import type { Crew } from "./crew.ts";
import { readProcfile } from "./procfile.ts";
import { untilItAnswers, untilItIsDone, untilItSays } from "./readiness.ts";
import type { StandIns } from "./world-settings.ts";

/** Room for what lives for one request: see the Procfile's flags in the README. */
const sandboxFlags = ["--max-semi-space-size=32"];

export interface ProcessWishes {
  processes: readonly string[];
  settings: Record<string, string>;
  standIns: StandIns;
  migrate: boolean;
  say: (line: string) => void;
}

/** The stand-ins and the migrations at the same time, then all that need a migrated database. */
export async function startProcesses(
  crew: Crew,
  wishes: ProcessWishes,
): Promise<string | undefined> {
  const { settings, say } = wishes;
  const commands = readProcfile();
  const start = (name: string) => {
    const command = commands.get(name);
    if (command) return crew.add(name, command, settings);
    throw new Error(`The Procfile has no ${name}: it has ${[...commands.keys()].join(", ")}`);
  };

  const migrated = async () => {
    if (!wishes.migrate) return;
    const release = commands.get("release") ?? [];
    await untilItIsDone(crew.add("release", release, settings, { endsByItself: true }));
    say("The database is migrated");
  };
  const [sandboxUrl] = await Promise.all([startSandbox(crew, wishes), migrated()]);

  const started = wishes.processes.map(start);
  const web = started.find((child) => child.name === "web");
  if (web) {
    const port = settings["PORT"] ?? "";
    await untilItAnswers(web, `http://127.0.0.1:${port}/readyz`);
    say(`The API takes orders on port ${port}`);
  }
  return sandboxUrl;
}

async function startSandbox(crew: Crew, wishes: ProcessWishes): Promise<string | undefined> {
  const { stripe, sendgrid, twilio } = wishes.standIns;
  if (!stripe && !sendgrid && !twilio) return undefined;
  const sandbox = crew.add("sandbox", [...sandboxFlags, "sandbox/main.ts"], wishes.settings);
  const [, url] = await untilItSays(sandbox, /^sandbox listening on (\S+)/);
  const named = Object.entries(wishes.standIns).filter(([, standsIn]) => standsIn);
  wishes.say(`The stand-ins for ${named.map(([name]) => name).join(", ")} listen on ${url}`);
  return url;
}
