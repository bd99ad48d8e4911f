import { GrapevineError, limits } from '@grapevine/wire';
import { quoted, utf8Length } from './names.ts';
import type { ActorKind, Json, Origin, PutOptions } from './types.ts';
import { canonicalJson, jsonProblem, parseJson } from './values.ts';

/** What an entry has beside its value; whatever is the default is left out. */
export interface Attributes {
  /** Only where PROTOCOL.md R3 has no code for it. */
  mime_type?: string;
  kind?: string;
  tags?: string[];
  metadata?: Record<string, Json>;
  pinned?: true;
  refs?: { rel: string; to: string }[];
  expires_at?: string;
  /** Why this version was written; belongs to the version, not to the entry. */
  reason?: string;
  origin?: Origin;
}

export const defaultKind = 'note';
const kinds: readonly string[] = ['person', 'agent', 'tool', 'import'] satisfies ActorKind[];
const none: Attributes = Object.freeze({});
const optionNames: ReadonlySet<string> = new Set([
  'mime_type',
  'kind',
  'tags',
  'metadata',
  'pinned',
  'refs',
  'expires_in',
  'expires_at',
  'reason',
  'expected_version',
]);

/** The one form that every engine reads alike. */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** 9999-12-31T23:59:59.999Z: later years have no four digits. */
const lastTime = 253_402_300_799_999;

type Fields = { [key: string]: Json };

/** What the attributes of a record say. Total: a field of the wrong form is as good as absent. */
export function parseAttributes(text: string): Attributes {
  if (text === '') return none;
  const parsed = parseJson(text)?.value;
  return isFields(parsed) ? readAttributes(parsed) : none;
}

export function readAttributes(fields: Fields): Attributes {
  const attributes: Attributes = {};
  if (isText(fields['mime_type'])) attributes.mime_type = fields['mime_type'];
  if (isText(fields['kind']) && fields['kind'] !== defaultKind) attributes.kind = fields['kind'];
  if (Array.isArray(fields['tags'])) {
    const tags = fields['tags'].filter(isText);
    if (tags.length > 0) attributes.tags = tags;
  }
  const { metadata, refs } = fields;
  if (isFields(metadata) && Object.keys(metadata).length > 0) attributes.metadata = metadata;
  if (fields['pinned'] === true) attributes.pinned = true;
  if (Array.isArray(refs) && refs.length > 0) attributes.refs = refs.flatMap(readRef);
  if (isTime(fields['expires_at'])) attributes.expires_at = fields['expires_at'];
  if (isText(fields['reason'])) attributes.reason = fields['reason'];
  const origin = readOrigin(fields['origin']);
  if (origin) attributes.origin = origin;
  return attributes;
}

export function readOrigin(value: Json | undefined): Origin | undefined {
  if (!isFields(value)) return undefined;
  const { author, created_at, updated_at } = value;
  if (!isFields(author) || !isTime(created_at) || !isTime(updated_at)) return undefined;
  const { id, name, kind } = author;
  if (typeof id !== 'string' || !isText(name) || !isActorKind(kind)) return undefined;
  return { author: { id, name, kind }, created_at, updated_at };
}

/**
 * The text for a record.
 * @throws GrapevineError `option-invalid` beyond 8,192 bytes
 */
export function encodeAttributes(attributes: Attributes): string {
  const text = JSON.stringify(attributes);
  if (text === '{}') return '';
  if (utf8Length(text) <= limits.attributesBytes) return text;
  throw invalid(`Attributes of ${utf8Length(text)} bytes are more than ${limits.attributesBytes}`);
}

/** Whether an entry with the one looks like an entry with the other. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a === b || attributesKey(a) === attributesKey(b);
}

/** Equal for attributes that look alike: where they came from and why is no part of the state. */
export function attributesKey({ reason: _reason, origin: _origin, ...rest }: Attributes): string {
  return canonicalJson({ ...rest });
}

/**
 * The attributes a put asks for. What it leaves out stays as it is in `before`, but for expiry and
 * reason: they belong to one write.
 * @param now unix milliseconds
 * @throws GrapevineError `option-unknown`, `option-invalid`
 */
export function putAttributes(options: PutOptions, before: Attributes, now: number): Attributes {
  for (const name of Object.keys(options)) {
    if (!optionNames.has(name)) {
      throw new GrapevineError(
        'option-unknown',
        `There is no option ${quoted(name)}.`,
        `Use one of ${[...optionNames].join(', ')}.`,
      );
    }
  }
  checkForms(options);
  const { kind, tags, metadata, pinned, refs, reason } = options;
  const expires_at = expiry(options, now);
  return readAttributes({
    kind: kind ?? before.kind ?? defaultKind,
    tags: tags === undefined ? (before.tags ?? []) : [...new Set(tags)],
    metadata: metadata ?? before.metadata ?? {},
    pinned: pinned ?? before.pinned ?? false,
    refs: refs?.map(({ rel, to }) => ({ rel, to })) ?? before.refs ?? [],
    ...(expires_at === undefined ? {} : { expires_at }),
    ...(reason === undefined ? {} : { reason }),
  });
}

function checkForms(options: PutOptions): void {
  const { tags, metadata, refs, pinned } = options;
  for (const name of ['mime_type', 'kind', 'reason', 'expires_at', 'expected_version'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && !isText(value)) throw invalid(`${name} must be text, not empty`);
  }
  if (tags !== undefined && !(Array.isArray(tags) && tags.every(isText))) {
    throw invalid('tags must be a list of text');
  }
  if (pinned !== undefined && typeof pinned !== 'boolean')
    throw invalid('pinned must be a boolean');
  if (
    refs !== undefined &&
    !(Array.isArray(refs) && refs.every((ref) => readRef(ref).length > 0))
  ) {
    throw invalid('refs must be a list of { rel, to }');
  }
  if (metadata === undefined) return;
  if (jsonProblem(metadata) !== undefined || !isFields(metadata)) {
    throw invalid('metadata must be a plain object of JSON');
  }
}

function expiry(options: PutOptions, now: number): string | undefined {
  const { expires_in, expires_at } = options;
  if (expires_in !== undefined && expires_at !== undefined) {
    throw invalid('expires_in and expires_at exclude each other');
  }
  if (expires_in !== undefined) {
    const at = new Date(now + expires_in * 1000);
    const isAhead = typeof expires_in === 'number' && expires_in > 0 && at.getTime() <= lastTime;
    if (isAhead) return at.toISOString();
    throw invalid('expires_in must be a number of seconds above 0');
  }
  if (expires_at === undefined) return undefined;
  if (!isTime(expires_at)) throw invalid('expires_at must be an ISO 8601 time');
  return new Date(expires_at).toISOString();
}

function invalid(message: string): GrapevineError {
  return new GrapevineError(
    'option-invalid',
    `${message}.`,
    'Correct the option, or leave it out.',
  );
}

function readRef(value: Json): { rel: string; to: string }[] {
  if (!isFields(value)) return [];
  const { rel, to } = value;
  return isText(rel) && isText(to) ? [{ rel, to }] : [];
}

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && isoTime.test(value) && !Number.isNaN(Date.parse(value));
}

function isActorKind(value: unknown): value is ActorKind {
  return typeof value === 'string' && kinds.includes(value);
}
