/** Schemes a link may lead to. Anything else, `javascript:` first of all, runs or hides something. */
const allowed = new Set(['https:', 'http:', 'mailto:']);

/**
 * The address to put into an `href`, or undefined where it must not become one. Lit escapes text but lets
 * `javascript:` through in an attribute, so every `href` that is not a constant goes through here.
 *
 * @param base what a relative address is relative to; without it a relative address is refused
 */
export function safeUrl(input: string, base?: string): string | undefined {
  try {
    const url = base === undefined ? new URL(input) : new URL(input, base);
    return allowed.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
