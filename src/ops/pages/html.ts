import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A piece of a page: whatever was put into it by `html` is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export { html };

/** What a part of a page may be made of. */
export type Content = Html | string | number | null | readonly Content[];
