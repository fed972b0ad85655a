/**
 * What the operators' pages do beyond HTML: they are brought up to date while somebody reads
 * them, count deadlines down, and listen to a few keys. Without it everything works all the same.
 */
const root = document.documentElement;
root.classList.add("scripted");
const main = document.querySelector("main");

/* Bringing the page up to date. */

let fetching = false;
let again = false;

/** Reads this address anew and changes what differs, so that focus and what is open stay. */
async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const address = new URL(location.href);
    address.searchParams.delete("did");
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    // Signed out, or gone: the page itself says it best.
    if (answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["tabs", "main"]) renew(id, fresh);
    tick();
    document.getElementById("news").textContent = "The page was brought up to date.";
  } catch {
    // Aurora does not answer: the stream finds out when it does again.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

function renew(id, fresh) {
  const [present, wanted] = [document.getElementById(id), fresh.getElementById(id)];
  if (present && wanted) change(present, wanted);
}

/** Makes one element like another, keeping the nodes that are there. */
function change(present, wanted) {
  if (present.nodeType !== Node.ELEMENT_NODE) {
    if (present.nodeValue !== wanted.nodeValue) present.nodeValue = wanted.nodeValue;
    return;
  }
  changeAttributes(present, wanted);
  let next = present.firstChild;
  for (const child of [...wanted.childNodes]) {
    const match = matchOf(child, next, present);
    if (match === null) {
      present.insertBefore(child, next);
    } else if (match === next) {
      next = next.nextSibling;
      change(match, child);
    } else {
      present.insertBefore(match, next);
      change(match, child);
    }
  }
  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

/** By its id, else by standing at the same place. */
function matchOf(wanted, next, parent) {
  if (wanted.id) return [...parent.children].find(({ id }) => id === wanted.id) ?? null;
  return next && next.nodeName === wanted.nodeName && !next.id ? next : null;
}

/** What somebody opened stays open; what they typed or ticked stays because the nodes do. */
function changeAttributes(present, wanted) {
  const isKept = (name) => name === "open" && present.nodeName === "DETAILS";
  for (const { name, value } of [...wanted.attributes]) {
    if (!isKept(name) && present.getAttribute(name) !== value) present.setAttribute(name, value);
  }
  for (const { name } of [...present.attributes]) {
    if (!isKept(name) && !wanted.hasAttribute(name)) present.removeAttribute(name);
  }
}

const askAgainMs = 30_000;

let stream;

/** The browser opens the stream again by itself; where it was refused we ask now and then. */
function listen() {
  stop();
  if (document.hidden) return;
  const own = new EventSource(main.dataset.live);
  stream = own;
  own.addEventListener("changed", refresh);
  own.addEventListener("error", () => {
    if (own.readyState !== EventSource.CLOSED) return;
    setTimeout(() => stream === own && refresh().then(listen), askAgainMs);
  });
}

function stop() {
  stream?.close();
  stream = undefined;
}

if (main?.dataset.live) {
  listen();
  // Browsers keep six connections to one place: who leaves, or looks at another tab, frees theirs.
  addEventListener("pagehide", stop);
  addEventListener("pageshow", ({ persisted }) => persisted && refresh().then(listen));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else void refresh().then(listen);
  });
}

/* Clocks. */

const begun = new WeakMap();

/** When this element's number of seconds was true: a new number begins anew. */
function secondsSince(element, text) {
  if (begun.get(element)?.text !== text) begun.set(element, { text, at: performance.now() });
  return Math.floor((performance.now() - begun.get(element).at) / 1_000);
}

function tick() {
  for (const element of document.querySelectorAll("[data-left]")) {
    const left = Number(element.dataset.left) - secondsSince(element, element.dataset.left);
    write(element, left > 0 ? countdown(left) : `over for ${lengthOf(-left)}`);
  }
  for (const element of document.querySelectorAll("[data-ago]")) {
    const ago = Number(element.dataset.ago) + secondsSince(element, element.dataset.ago);
    if (ago >= 5) write(element, `${lengthOf(ago)} ago`);
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function countdown(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => `${n}`.padStart(2, "0"));
  const hours = Math.floor(seconds / 3_600);
  return (hours > 0 ? [hours, ...parts] : parts).join(":");
}

function lengthOf(seconds) {
  const steps = { d: 86_400, h: 3_600, min: 60, s: 1 };
  const [unit, size] = Object.entries(steps).find(([, each]) => seconds >= each) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

tick();
setInterval(tick, 1_000);

/* Keys and small conveniences. */

function walk(step) {
  const items = [...document.querySelectorAll("[data-item]")];
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
  next?.querySelector("a")?.focus();
}

const keys = {
  "/": () => document.getElementById("q").select(),
  "?": () => document.getElementById("keys").showModal(),
  j: () => walk(1),
  k: () => walk(-1),
};

addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, textarea, select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  document.getElementById("news").textContent = "Copied.";
});

addEventListener("change", ({ target }) => {
  if (!target.dataset.all) return;
  const boxes = target.form.querySelectorAll(`[name="${target.dataset.all}"]`);
  for (const box of boxes) box.checked = target.checked;
});
