/**
 * What Yjs and its library use of `lib0/environment`, which the build puts in its place: that one looks
 * through the address and the storage of the page for options that nobody gives there.
 */
export const isBrowser = true;

/** No option is set: Yjs asks for one that makes it check what it is given, which is for its developers. */
export function getVariable(): null {
  return null;
}
