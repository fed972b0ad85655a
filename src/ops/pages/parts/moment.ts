import { type Html, html } from "../html.ts";
import { lengthOf } from "./words.ts";

const nearMs = 5_000;

/** A moment in words from now, and in full for who hovers, copies or prints it. */
export function moment(at: Date, now: Date): Html {
  const distance = now.getTime() - at.getTime();
  const words =
    Math.abs(distance) < nearMs
      ? "just now"
      : distance > 0
        ? `${lengthOf(distance)} ago`
        : `in ${lengthOf(-distance)}`;
  return html`<time datetime="${at.toISOString()}" title="${inFull(at)}"${
    distance >= 0 ? html` data-ago="${Math.floor(distance / 1_000)}"` : ""
  }>${words}</time>`;
}

/** How long something has lasted. */
export function age(since: Date, now: Date): Html {
  const words = lengthOf(now.getTime() - since.getTime());
  const title = `since ${inFull(since)}`;
  return html`<time datetime="${since.toISOString()}" title="${title}">${words}</time>`;
}

/** A moment on the clock, to the second: what a timeline is read by. */
export function clock(at: Date): Html {
  return html`<time datetime="${at.toISOString()}" title="${inFull(at)}">${inFull(at)}</time>`;
}

/** A deadline: with JavaScript it counts down by itself. */
export function deadline(at: Date, now: Date): Html {
  const left = at.getTime() - now.getTime();
  return html`<time class="deadline" datetime="${at.toISOString()}" title="${inFull(at)}"
    data-left="${Math.round(left / 1_000)}">${countdown(left)}</time>`;
}

/** 29:05, or 1:29:05; what is over says for how long. */
function countdown(left: number): string {
  if (left <= 0) return `over for ${lengthOf(-left)}`;
  const seconds = Math.floor(left / 1_000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => `${n}`.padStart(2, "0"));
  const hours = Math.floor(seconds / 3_600);
  return (hours > 0 ? [hours, ...parts] : parts).join(":");
}

/** 2026-11-26 14:03:07 UTC */
export function inFull(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
