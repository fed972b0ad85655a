/** How the page of messages looks: a desk with the letters on it. */
export const sheet = `
:root { color-scheme: light dark; --page: #e6e9f1; --ink: #1b1f2e; --soft: #565d72;
  --line: #cdd2df; --card: #f7f8fb; --bubble: #3f46c8; --link: #3037a8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #07080b; --ink: #eef0f6; --soft: #a4abbd; --line: #2f3442; --card: #161922;
    --bubble: #4f57d6; --link: #aab0ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 1360px; margin: 0 auto; padding: 24px 16px 0; }
h1 { margin: 0 0 8px; font-size: 28px; }
h2 { margin: 32px 0 0; padding-top: 12px; border-top: 1px solid var(--line); font-size: 22px; }
h3 { margin: 24px 0 12px; font-size: 17px; color: var(--soft); }
h3::first-letter { text-transform: uppercase; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; }
nav a { padding: 4px 0; color: var(--link); }
.languages { display: grid; gap: 24px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); }
article { min-width: 0; padding: 12px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
.language { margin: 0; font-size: 13px; color: var(--soft); }
.subject { margin: 0 0 10px; font-weight: 600; overflow-wrap: anywhere; }
iframe { display: block; width: 100%; height: 640px; border: 0; border-radius: 8px; }
.sms { max-width: 420px; margin: 14px 0 0 auto; }
.sms p { margin: 0; }
.sms p:first-child { padding: 10px 14px; border-radius: 16px 16px 4px 16px; color: #ffffff;
  background: var(--bubble); overflow-wrap: anywhere; }
.sms .cost { padding: 4px 4px 0; font-size: 13px; color: var(--soft); text-align: right; }
details { margin-top: 12px; }
summary { padding: 6px 0; cursor: pointer; color: var(--soft); }
pre { margin: 6px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
`;

/** Each letter is as high as it is long. */
export const script = `
const fit = (frame) => {
  frame.style.height = frame.contentDocument.documentElement.scrollHeight + "px";
};
const fitAll = () => {
  for (const frame of document.querySelectorAll("iframe")) {
    frame.style.height = "0";
    fit(frame);
  }
};
for (const frame of document.querySelectorAll("iframe")) {
  frame.addEventListener("load", () => fit(frame));
}
addEventListener("load", fitAll);
addEventListener("resize", fitAll);
`;
