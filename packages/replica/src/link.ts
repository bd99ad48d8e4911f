import {
  GrapevineError,
  concat,
  equalBytes,
  fromBase64Url,
  label,
  toBase64Url,
  utf8,
} from '@grapevine/wire';
import { sha256 } from './crypto/sha256.ts';

/** What a room link grants (PROTOCOL.md K1). All members are 32 bytes. */
export type RoomLink =
  | { mode: 'write'; seed: Uint8Array }
  | { mode: 'read'; readKey: Uint8Array; writePublicKey: Uint8Array };

/** Cryptographically secure bytes: the `Random` port as far as it is needed here. */
export interface Random {
  bytes(length: number): Uint8Array;
}

const secretBytes = 32;
const checkBytes = 4;
const writePrefix = '1w.';
const readPrefix = '1r.';
const prefixes = [writePrefix, readPrefix] as const;

export function createRoomLink(random: Random): RoomLink {
  return { mode: 'write', seed: random.bytes(secretBytes) };
}

/** @returns the fragment without `#` */
export function formatRoomLink(link: RoomLink): string {
  const prefix = link.mode === 'write' ? writePrefix : readPrefix;
  const body = link.mode === 'write' ? link.seed : concat(link.readKey, link.writePublicKey);
  return prefix + toBase64Url(concat(body, checkOf(prefix, body)));
}

/**
 * @param text a URL, or its fragment with or without `#`
 * @throws GrapevineError `link-missing`, `link-newer`, `link-garbled`, `link-truncated`, `link-
 * mistyped` (K2)
 */
export function parseRoomLink(text: string): RoomLink {
  const fragment = fragmentOf(text);
  if (fragment === '') throw missing();
  if (/^[02-9]/.test(fragment)) throw newer();
  const prefix = prefixes.find((known) => fragment.startsWith(known));
  if (prefix === undefined) {
    throw prefixes.some((known) => known.startsWith(fragment)) ? truncated() : garbled();
  }
  const digits = fragment.slice(prefix.length);
  if (!/^[\w-]*$/.test(digits)) throw garbled();
  const length = (prefix === writePrefix ? 1 : 2) * secretBytes;
  if (digits.length !== Math.ceil(((length + checkBytes) * 8) / 6)) throw truncated();
  const bytes = fromBase64Url(digits);
  if (bytes === undefined) throw garbled();
  const body = bytes.slice(0, length);
  if (!equalBytes(bytes.subarray(length), checkOf(prefix, body))) throw mistyped();
  if (prefix === writePrefix) return { mode: 'write', seed: body };
  return {
    mode: 'read',
    readKey: body.slice(0, secretBytes),
    writePublicKey: body.slice(secretBytes),
  };
}

function fragmentOf(text: string): string {
  const trimmed = text.trim();
  const hash = trimmed.indexOf('#');
  if (hash >= 0) return trimmed.slice(hash + 1);
  return trimmed.includes('/') ? '' : trimmed;
}

function checkOf(prefix: string, body: Uint8Array): Uint8Array {
  return sha256(label('grapevine/1 link'), utf8(prefix), body).subarray(0, checkBytes);
}

function missing(): GrapevineError {
  return new GrapevineError(
    'link-missing',
    'This address names no room: the part behind # is missing.',
    'Copy the whole link again, or start a new room.',
  );
}

function newer(): GrapevineError {
  return new GrapevineError(
    'link-newer',
    'This room link was made by a newer version of Grapevine.',
    'Reload the page to get the newest version, then open the link again.',
  );
}

function garbled(): GrapevineError {
  return new GrapevineError(
    'link-garbled',
    'This is not a room link: the part behind # has a form no link has.',
    'Copy the whole link again from where it was shared.',
  );
}

function truncated(): GrapevineError {
  return new GrapevineError(
    'link-truncated',
    'This room link has the wrong length: part of it was cut off or something was added.',
    'Copy the whole link again, up to its last character.',
  );
}

function mistyped(): GrapevineError {
  return new GrapevineError(
    'link-mistyped',
    'This room link has a wrong character in it.',
    'Copy the link instead of typing it, or compare it character by character.',
  );
}
