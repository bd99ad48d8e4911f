import { GrapevineError, equalBytes, fromUtf8, utf8 } from '@grapevine/wire';
import { encodeAttributes, putAttributes, sameAttributes, type Attributes } from './attributes.ts';
import { BatchWriter, type Change } from './batch-writer.ts';
import type { MemoryHost } from './host.ts';
import { inlineBytes, sizeOf, stateOf, type EntryState } from './merge.ts';
import { quoted, toKey, toNamespace, type NamespaceInput } from './names.ts';
import type { Presenter } from './presenter.ts';
import { media } from './records.ts';
import type { PutOptions, Value, Written } from './types.ts';
import {
  canonicalJson,
  checkSize,
  defaultType,
  encodeValue,
  isJsonType,
  isTextType,
  mediaOf,
  parseJson,
  wellFormed,
} from './values.ts';
import { parentRefs, type EntryNode } from './version.ts';
import type { View } from './view.ts';

/** An entry as a writer wants it to be. Names are checked already. */
export interface Wanted {
  namespace: string;
  key: string;
  bytes: Uint8Array;
  mimeType: string;
  attributes: Attributes;
  /** Whether JSON that differs in spaces or order of keys is as good. */
  exact: boolean;
}

export interface Put {
  namespace: string;
  key: string;
  value: Value;
  options: PutOptions;
}

/** @throws GrapevineError `namespace-invalid`, `key-invalid` */
export function checkedPut(put: Omit<Put, 'namespace'> & { namespace: NamespaceInput }): Put {
  return { ...put, namespace: toNamespace(put.namespace), key: toKey(put.key) };
}

interface Current {
  node: EntryNode;
  state: EntryState;
}

/**
 * Decides what a verb writes. A change is planned and handed on in one turn, so its parents are the
 * heads of that moment and two writes that nobody awaits between do not conflict.
 */
export class Writes {
  readonly #view: View;
  readonly #host: MemoryHost;
  readonly #presenter: Presenter;

  constructor(view: View, host: MemoryHost, presenter: Presenter) {
    this.#view = view;
    this.#host = host;
    this.#presenter = presenter;
  }

  /** The entry where it is neither deleted nor expired. */
  visible(namespace: string, key: string): Current | undefined {
    const current = this.current(namespace, key);
    return current && isVisible(current.state, this.#host.now()) ? current : undefined;
  }

  /** What a put asks for. @throws GrapevineError for a bad value or option, `version-changed` */
  wantedBy({ namespace, key, value, options }: Put): Wanted {
    const current = this.visible(namespace, key)?.state;
    const attributes = putAttributes(options, current?.attributes ?? {}, this.#host.now());
    const encoded = encodeValue(value, options.mime_type, current?.mimeType);
    const expected = options.expected_version;
    if (expected !== undefined && current?.shown.id !== expected) {
      throw new GrapevineError(
        'version-changed',
        `${quoted(key)} is not at ${expected} but at ${current?.shown.id ?? 'no version'}.`,
        'Read it again and decide anew.',
      );
    }
    return { namespace, key, ...encoded, attributes, exact: false };
  }

  /**
   * Has `write` write the change that makes an entry be as wanted, unless it already is.
   * @param want called again where reading the current value took a turn in which things may have
   * changed
   * @param write called in the turn in which the change was planned
   */
  async ensure(
    want: () => Wanted,
    write: (change: Change, isNew: boolean) => Promise<Written>,
  ): Promise<Written> {
    const wanted = want();
    const current = this.visible(wanted.namespace, wanted.key);
    if (current === undefined || !looksSame(current.state, wanted)) {
      return write(this.change(wanted), current === undefined);
    }
    const { parts = [] } = current.state;
    const inline = inlineBytes(parts);
    const bytes = inline ?? (await this.#presenter.read(parts));
    if (bytes && sameBytes(bytes, wanted)) {
      return { id: current.node.id, version: current.state.shown.id };
    }
    return write(this.change(inline ? wanted : want()), false);
  }

  /** @returns undefined where there is nothing to delete */
  planDelete(namespace: string, key: string): Change | undefined {
    const current = this.visible(namespace, key);
    if (current === undefined) return undefined;
    return tombstone(namespace, key, current.state);
  }

  /**
   * An append to a conflict goes on from the version shown and leaves the other candidates to be
   * resolved.
   * @throws GrapevineError `not-text`, `value-invalid`, `value-too-large`
   */
  planAppend(namespace: string, key: string, text: string): Change {
    if (typeof text !== 'string') {
      throw new GrapevineError('value-invalid', 'What is appended must be text.', 'Give a string.');
    }
    const bytes = utf8(wellFormed(text));
    const current = this.visible(namespace, key);
    if (current === undefined) {
      const attributes = {};
      return this.change(
        { namespace, key, bytes, mimeType: defaultType.text, attributes, exact: false },
        'appended',
      );
    }
    const { state } = current;
    if (!isTextType(state.mimeType)) {
      throw new GrapevineError(
        'not-text',
        `${quoted(key)} holds ${state.mimeType}; only text can be appended to.`,
        'Put a whole new value instead.',
      );
    }
    checkSize(sizeOf(state.parts) + bytes.length);
    const parents = parentRefs(state.conflict ? [state.shown] : state.heads);
    const form = { media: media.text, attributes: '' };
    return { operation: 'appended', parents, namespace, key, bytes, ...form };
  }

  /** Ends a conflict among the heads known now; a head that arrives meanwhile stays one. */
  async resolve(
    namespace: string,
    key: string,
    keep: { version: string } | { value: Value },
  ): Promise<Written> {
    const current = this.current(namespace, key);
    if (current === undefined) throw missing(namespace, key);
    if ('value' in keep) return this.#resolveTo(current, keep.value);
    const { node, state } = current;
    const version = this.#view.find(keep.version);
    if (version?.entry !== node) throw unknownVersion(keep.version);
    if (isSettled(state) && version === state.shown) return { id: node.id, version: version.id };
    if (version.operation === 'deleted') return this.commit(tombstone(namespace, key, state));
    const chosen = stateOf([version], this.#view.find);
    const bytes =
      inlineBytes(chosen.parts ?? [missingPart]) ?? (await this.#presenter.read(chosen.parts));
    if (bytes === undefined) throw notHere(keep.version);
    const { mimeType, attributes } = chosen;
    const wanted = { namespace, key, bytes, mimeType, attributes, exact: true };
    return this.commit(changeTo(wanted, 'merged', state));
  }

  /** Writes one change as one delta. */
  async commit(change: Change): Promise<Written> {
    const [written] = await this.commitAll([change]);
    if (written === undefined) throw new RangeError('nothing was written');
    return written;
  }

  /** Writes changes to different entries. */
  async commitAll(changes: readonly Change[]): Promise<Written[]> {
    const batch = new BatchWriter(this.#host);
    const versions: string[] = [];
    changes.forEach((change, i) => batch.add(change, (version) => (versions[i] = version)));
    await batch.finish();
    return changes.flatMap(({ namespace, key }, i) => {
      const node = this.#view.entry(namespace, key);
      const version = versions[i];
      return node && version !== undefined ? [{ id: node.id, version }] : [];
    });
  }

  async #resolveTo({ node, state }: Current, value: Value): Promise<Written> {
    const { namespace, key } = node;
    const kept = state.deleted ? undefined : state;
    const { bytes, mimeType } = encodeValue(value, undefined, kept?.mimeType);
    const { reason: _reason, origin: _origin, ...attributes } = kept?.attributes ?? {};
    const wanted = { namespace, key, bytes, mimeType, attributes, exact: false };
    const commit = (change: Change): Promise<Written> => this.commit(change);
    if (isSettled(state)) return this.ensure(() => wanted, commit);
    return this.commit(changeTo(wanted, 'merged', state));
  }

  /** The entry, also where it is deleted or expired. */
  current(namespace: string, key: string): Current | undefined {
    const node = this.#view.entry(namespace, key);
    return node && { node, state: this.#view.state(node) };
  }

  /** On top of all heads. @param operation instead of the one that follows from what is there */
  change(wanted: Wanted, operation?: 'appended' | 'created'): Change {
    const node = this.#view.entry(wanted.namespace, wanted.key);
    const state = node && this.#view.state(node);
    const isNew = state === undefined || !isVisible(state, this.#host.now());
    const isOver = state === undefined || state.deleted;
    // What expired would come back if it were appended to.
    if (operation === 'created' || (operation === 'appended' && isOver)) {
      return changeTo(wanted, operation, state);
    }
    const kind = isNew ? 'created' : state.heads.length > 1 ? 'merged' : 'modified';
    return changeTo(wanted, kind, state);
  }
}

/** Stands for a value that is not there, so that nothing is not taken for an empty one. */
const missingPart = { size: 0, bytes: undefined, hash: undefined };

function isSettled(state: EntryState): boolean {
  return state.heads.length === 1 && !state.conflict;
}

export function isVisible(state: EntryState, now: number): boolean {
  const { expires_at } = state.attributes;
  return !state.deleted && (expires_at === undefined || Date.parse(expires_at) > now);
}

/** A version with the wanted content on top of all heads. */
export function changeTo(
  wanted: Wanted,
  operation: Change['operation'],
  state: EntryState | undefined,
): Change {
  const { namespace, key, bytes, mimeType } = wanted;
  const code = mediaOf(mimeType);
  const { mime_type: _type, ...rest } = wanted.attributes;
  const named = code === media.named ? { mime_type: mimeType } : {};
  const attributes = encodeAttributes({ ...named, ...rest });
  const parents = parentRefs(state?.heads ?? []);
  return { operation, parents, namespace, key, bytes, media: code, attributes };
}

/** A deletion on top of all heads. @param attributes as `encodeAttributes` writes them */
export function tombstone(
  namespace: string,
  key: string,
  state: EntryState | undefined,
  attributes = '',
): Change {
  const parents = parentRefs(state?.heads ?? []);
  const form = { bytes: undefined, media: media.bytes, attributes };
  return { operation: 'deleted', parents, namespace, key, ...form };
}

/** Everything but the bytes of the value, which may have to be read. */
function looksSame(state: EntryState, wanted: Wanted): boolean {
  const isOneHead = state.heads.length === 1 && !state.conflict && state.parts !== undefined;
  if (!isOneHead || state.mimeType !== wanted.mimeType) return false;
  const { mime_type: _mine, ...mine } = state.attributes;
  const { mime_type: _theirs, ...theirs } = wanted.attributes;
  if (!sameAttributes(mine, theirs)) return false;
  const isJson = !wanted.exact && isJsonType(wanted.mimeType);
  return isJson || sizeOf(state.parts) === wanted.bytes.length;
}

function sameBytes(bytes: Uint8Array, wanted: Wanted): boolean {
  if (equalBytes(bytes, wanted.bytes)) return true;
  if (wanted.exact || !isJsonType(wanted.mimeType)) return false;
  const [ours, theirs] = [bytes, wanted.bytes].map((json) => parseJson(fromUtf8(json) ?? ''));
  if (ours === undefined || theirs === undefined) return false;
  return canonicalJson(ours.value) === canonicalJson(theirs.value);
}

function missing(namespace: string, key: string): GrapevineError {
  return new GrapevineError(
    'entry-missing',
    `There is no entry ${quoted(key)} in ${quoted(namespace)}.`,
    'Put a value first.',
  );
}

function unknownVersion(version: string): GrapevineError {
  return new GrapevineError(
    'version-unknown',
    `${quoted(version)} is no known version of this entry.`,
    'Take the id of a version from its history.',
  );
}

function notHere(version: string): GrapevineError {
  return new GrapevineError(
    'value-missing',
    `The value of version ${version} is not here.`,
    'Wait until it has arrived, or keep another version.',
  );
}
