import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findChromium } from "../../../scripts/world/chromium-binary.ts";

let folder: string;
let unpacked: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "aurora-chromium-"));
  unpacked = path.join(folder, "unpacked");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An empty file there; a program unless said otherwise. */
function put(file: string, mode = 0o755): string {
  const whole = path.join(folder, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, "");
  chmodSync(whole, mode);
  return path.dirname(whole);
}

test.each(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])(
  "a %s on PATH is taken, before one that was unpacked",
  (name) => {
    put("unpacked/usr/lib/chromium/chromium");
    const searchPath = ["", put("first/readme", 0o644), put(`second/${name}`)].join(":");
    const file = path.join(folder, "second", name);
    expect(findChromium(searchPath, unpacked)).toEqual({ file, env: {} });
  },
);

test("what is no program is passed over", () => {
  put("unpacked/usr/lib/chromium/chromium");
  const found = findChromium(put("bin/chromium", 0o644), unpacked);
  expect(found?.file).toBe(path.join(unpacked, "usr/lib/chromium/chromium"));
});

test("an unpacked one knows its libraries and its letters", () => {
  const file = path.join(put("unpacked/usr/lib/chromium/chromium"), "chromium");
  expect(findChromium("", unpacked)).toEqual({ file, env: { LD_LIBRARY_PATH: "" } });
  const libraries = [
    put("unpacked/lib/arm-linux-gnueabihf/libx.so.1"),
    put("unpacked/usr/lib/arm-linux-gnueabihf/liby.so.1"),
    put("unpacked/usr/lib/arm-linux-gnueabihf/sound/libz-1.so"),
  ];
  put("unpacked/usr/lib/arm-linux-gnueabihf/words/readme");
  put("unpacked/etc/fonts/fonts.conf");
  expect(findChromium("", unpacked)?.env).toEqual({
    LD_LIBRARY_PATH: libraries.join(":"),
    FONTCONFIG_SYSROOT: unpacked,
  });
});

test("there is none where nothing could bring one; where apt could, it is missed", () => {
  expect(findChromium("", unpacked)).toBeUndefined();
  expect(() => findChromium(put("bin/apt-get"), unpacked)).toThrow(/npm test once, which fetches/);
});
