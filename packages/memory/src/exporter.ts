import { GrapevineError, toBase64Url } from '@grapevine/wire';
import { attributesKey, encodeAttributes, type Attributes } from './attributes.ts';
import { FolderExport } from './folder-export.ts';
import { headerLine, originOf, writeLine, type Line, type LineValue } from './jsonl.ts';
import { memoryLimits } from './memory-limits.ts';
import { stateOf, type EntryState } from './merge.ts';
import { isHidden, pathRange } from './names.ts';
import type { Presenter } from './presenter.ts';
import { turn } from './turn.ts';
import type { FolderFile, LongTaskOptions } from './types.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';
import { isVisible } from './writes.ts';

/** Gives entries out as files or lines. */
export class Exporter {
  readonly #view: View;
  readonly #presenter: Presenter;
  readonly #now: () => number;

  constructor(view: View, presenter: Presenter, now: () => number) {
    this.#view = view;
    this.#presenter = presenter;
    this.#now = now;
  }

  async *folder(namespace: string, options: LongTaskOptions): AsyncGenerator<FolderFile> {
    const folder = new FolderExport();
    for await (const node of this.#entries(namespace, options)) {
      const state = this.#view.state(node);
      const bytes = await this.#presenter.read(state.parts);
      yield folder.file({
        ...{ namespace: node.namespace, key: node.key, mimeType: state.mimeType },
        attributes: lasting(state.attributes),
        bytes: bytes ?? new Uint8Array(),
        available: bytes !== undefined,
      });
    }
  }

  async *jsonl(namespace: string, options: LongTaskOptions): AsyncGenerator<string> {
    yield headerLine;
    for await (const node of this.#entries(namespace, options)) {
      yield writeLine(await this.line(node));
    }
  }

  async line(node: EntryNode): Promise<Line> {
    const { namespace, key } = node;
    const state = this.#view.state(node);
    const candidates: LineValue[] = [];
    for (const head of state.conflict ? state.heads : []) {
      if (head === state.shown) continue;
      candidates.push(await this.#value(node, stateOf([head], this.#view.find)));
    }
    return { namespace, key, ...(await this.#value(node, state)), candidates };
  }

  async #value(node: EntryNode, state: EntryState): Promise<LineValue> {
    const bytes = await this.#presenter.read(state.parts);
    return {
      deleted: state.deleted,
      mimeType: state.mimeType,
      bytes,
      attributes: state.attributes,
      origin: originOf(this.#presenter.describe(node, state, undefined)),
    };
  }

  /** What is there when the export begins; what is deleted meanwhile is left out. */
  async *#entries(namespace: string, options: LongTaskOptions): AsyncGenerator<EntryNode> {
    const { signal, onProgress } = options;
    const all = [...this.#view.entries(pathRange(namespace, false))];
    const nodes = all.filter((node) => !isHidden(node.namespace, namespace));
    const total = nodes.length;
    for (const [done, node] of nodes.entries()) {
      if (done % memoryLimits.itemsPerTurn === 0) {
        await turn();
        onProgress?.({ done, total });
      }
      if (signal?.aborted) throw cancelled();
      const isThere = node.versions.length > 0 && isVisible(this.#view.state(node), this.#now());
      if (isThere) yield node;
    }
    onProgress?.({ done: total, total });
  }
}

/** Whether two lines hold the same entry with the same candidates, whoever wrote them when. */
export function sameLine(a: Line, b: Line): boolean {
  if (a.candidates.length !== b.candidates.length) return false;
  const others = (line: Line): string => line.candidates.map(signature).sort().join(' ');
  return signature(a) === signature(b) && others(a) === others(b);
}

function signature({ deleted, mimeType, bytes, attributes }: LineValue): string {
  if (deleted) return 'deleted';
  const rest = attributesKey(lasting(attributes));
  return `${mimeType} ${bytes ? toBase64Url(bytes) : '-'} ${rest}`;
}

/** The attributes of an entry without those of its last version. */
export function lasting(attributes: Attributes): Attributes {
  const { mime_type: _type, reason: _reason, origin: _origin, ...rest } = attributes;
  return rest;
}

/** Attributes with their origin, as far as both fit into a record. */
export function withOrigin({ attributes, origin }: LineValue): Attributes {
  const rest = lasting(attributes);
  if (origin === undefined) return rest;
  try {
    encodeAttributes({ ...rest, origin });
    return { ...rest, origin };
  } catch {
    return rest;
  }
}

function cancelled(): GrapevineError {
  return new GrapevineError('cancelled', 'The export was cancelled.', 'Start it again.');
}
