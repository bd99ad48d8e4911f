import { DecodeError } from '@grapevine/wire';
import type { Reader } from '@grapevine/wire';

/**
 * Levels of arrays and objects in one value. Yjs and its users walk values recursively, so the bound must be far below any engine's stack
 * (Node's default holds about 10,000 frames), and the same on every engine, or replicas would disagree. A guess: real documents stay below 20.
 */
export const valueDepth = 128;

/** Yjs type references: array, map, text, XML element, fragment, hook, XML text. */
const lastTypeRef = 6;
const namedTypeRefs: ReadonlySet<number> = new Set([3, 5]);

/** Tags of lib0's `any` encoding, 127 downwards. */
const any = {
  undefined: 127,
  null: 126,
  integer: 125,
  float32: 124,
  float64: 123,
  bigint: 122,
  false: 121,
  true: 120,
  string: 119,
  object: 118,
  array: 117,
  bytes: 116,
} as const;

const quote = 0x22;
const backslash = 0x5c;
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Depth of a JSON text's brackets outside strings; meaningful for well-formed JSON only. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === backslash) at++;
      else if (unit === quote) inString = false;
    } else if (unit === quote) inString = true;
    else if (opening.has(unit)) deepest = Math.max(deepest, ++depth);
    else if (closing.has(unit)) depth--;
  }
  return deepest;
}

/** Reads past the content of an item. @returns its length in clocks */
export function scanContent(reader: Reader, ref: number): number {
  switch (ref) {
    case 1:
      return reader.varint();
    case 2:
      return scanJsonList(reader);
    case 3:
      reader.varbytes(reader.remaining);
      return 1;
    case 4:
      return scanString(reader).length;
    case 5:
      checkJson(scanString(reader));
      return 1;
    case 6:
      scanString(reader);
      checkJson(scanString(reader));
      return 1;
    case 7:
      if (namedTypeRefs.has(reader.varint(lastTypeRef))) scanString(reader);
      return 1;
    case 8:
      return scanAnyList(reader);
    case 9:
      scanString(reader);
      // Yjs spreads the options of a subdocument, which only an object survives.
      if (scanAny(reader, 0) !== any.object) throw new DecodeError('subdocument without options');
      return 1;
    default:
      throw new DecodeError('unknown content');
  }
}

export function scanString(reader: Reader): string {
  return reader.varstring(reader.remaining);
}

function scanJsonList(reader: Reader): number {
  const count = reader.varint();
  for (let i = 0; i < count; i++) {
    const text = scanString(reader);
    if (text !== 'undefined') checkJson(text);
  }
  return count;
}

function checkJson(text: string): void {
  if (jsonDepth(text) > valueDepth) throw new DecodeError('value nested too deeply');
  try {
    JSON.parse(text);
  } catch {
    throw new DecodeError('not JSON');
  }
}

function scanAnyList(reader: Reader): number {
  const count = reader.varint();
  for (let i = 0; i < count; i++) scanAny(reader, 0);
  return count;
}

/** Every pass of its loops consumes a byte or throws. @returns the tag of the value read past */
function scanAny(reader: Reader, depth: number): number {
  if (depth > valueDepth) throw new DecodeError('value nested too deeply');
  const tag = reader.u8();
  switch (tag) {
    case any.undefined:
    case any.null:
    case any.false:
    case any.true:
      break;
    case any.integer:
      scanSigned(reader);
      break;
    case any.float32:
      reader.bytes(4);
      break;
    case any.float64:
    case any.bigint:
      reader.bytes(8);
      break;
    case any.string:
      scanString(reader);
      break;
    case any.bytes:
      reader.varbytes(reader.remaining);
      break;
    case any.object: {
      const count = reader.varint();
      for (let i = 0; i < count; i++) {
        scanString(reader);
        scanAny(reader, depth + 1);
      }
      break;
    }
    case any.array: {
      const count = reader.varint();
      for (let i = 0; i < count; i++) scanAny(reader, depth + 1);
      break;
    }
    default:
      throw new DecodeError('unknown value');
  }
  return tag;
}

/** lib0 refuses a signed varint that passes 2^53 before its last byte; eight bytes stay below that. */
function scanSigned(reader: Reader): void {
  for (let length = 1; length <= 8; length++) if (reader.u8() < 128) return;
  throw new DecodeError('varint too large');
}
