import { safeUrl } from '@grapevine/panel';

type LinkTarget =
  /** A room to open on this page. */
  | { at: 'here'; fragment: string }
  /** A room whose link leads to another address, where its server is. */
  | { at: 'elsewhere'; url: string };

/** What a person pasted as a link: a whole one or its fragment. Whether the fragment is a room is for `joinRoom` to say. */
export function readLinkInput(input: string, page: string): LinkTarget {
  const text = input.trim();
  const url = safeUrl(text);
  const hash = text.indexOf('#');
  const fragment = hash < 0 ? text : text.slice(hash + 1);
  if (url === undefined || hash < 0) return { at: 'here', fragment };
  const there = new URL(url);
  const here = new URL(page);
  const same = there.origin === here.origin && there.pathname === here.pathname;
  return same ? { at: 'here', fragment } : { at: 'elsewhere', url };
}
