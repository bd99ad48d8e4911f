import { GrapevineError } from '@grapevine/wire';
import * as Y from 'yjs';

/**
 * Writes the visible content of every root type of a foreign document into the one of the same name, in one transaction of `doc`'s own: texts,
 * lists and fragments after what is there, map entries over those of the same key.
 * @param update a whole document as Yjs encodes it (V1)
 * @throws GrapevineError `document-import-unreadable`, `document-import-incomplete`
 */
export function adopt(doc: Y.Doc, update: Uint8Array): void {
  const from = readForeign(update);
  doc.transact(() => {
    for (const name of from.share.keys()) copyRoot(from, doc, name);
  });
  from.destroy();
}

function readForeign(update: Uint8Array): Y.Doc {
  const doc = new Y.Doc();
  try {
    Y.applyUpdate(doc, update);
  } catch (cause) {
    throw new GrapevineError(
      'document-import-unreadable',
      'The update is not one that Yjs writes (V1).',
      'Export it again with Y.encodeStateAsUpdate.',
      { cause },
    );
  }
  if (doc.store.pendingStructs === null && doc.store.pendingDs === null) return doc;
  throw new GrapevineError(
    'document-import-incomplete',
    'The update builds on others that are not part of it.',
    'Export the whole document, not a difference.',
  );
}

function copyRoot(from: Y.Doc, to: Y.Doc, name: string): void {
  switch (kindOf(to.share.get(name)) ?? kindOf(from.share.get(name)) ?? contentKind(from, name)) {
    case 'text': {
      const text = to.getText(name);
      const delta = from.getText(name).toDelta() as { insert: unknown; attributes?: object }[];
      const copied = delta.map((part) => ({ ...part, insert: copy(part.insert) }));
      text.applyDelta(text.length > 0 ? [{ retain: text.length }, ...copied] : copied);
      break;
    }
    case 'array':
      to.getArray(name).push(from.getArray(name).toArray().map(copy));
      break;
    case 'map':
      for (const [key, value] of from.getMap(name).entries()) to.getMap(name).set(key, copy(value));
      break;
    case 'xml': {
      const fragment = to.getXmlFragment(name);
      const children = from.getXmlFragment(name).toArray() as (Y.XmlElement | Y.XmlText)[];
      fragment.insert(
        fragment.length,
        children.map((child) => child.clone()),
      );
      break;
    }
  }
}

type Kind = 'text' | 'array' | 'map' | 'xml';

function kindOf(type: unknown): Kind | undefined {
  if (type instanceof Y.XmlFragment) return 'xml';
  if (type instanceof Y.Text) return 'text';
  if (type instanceof Y.Array) return 'array';
  if (type instanceof Y.Map) return 'map';
  return undefined;
}

/** An update does not say what its root types are; what stands in them does. */
function contentKind(doc: Y.Doc, name: string): Kind {
  const type = doc.share.get(name);
  if (type === undefined || type._map.size > 0) return 'map';
  for (let item = type._start; item !== null; item = item.right) {
    const { content } = item;
    if (content instanceof Y.ContentString || content instanceof Y.ContentFormat) return 'text';
    if (content instanceof Y.ContentEmbed) return 'text';
    if (content instanceof Y.ContentType && isXml(content.type)) return 'xml';
  }
  return 'array';
}

function isXml(type: unknown): boolean {
  return type instanceof Y.XmlFragment || type instanceof Y.XmlText || type instanceof Y.XmlHook;
}

function copy(value: unknown): unknown {
  if (value instanceof Y.AbstractType) return value.clone();
  if (value instanceof Y.Doc) return new Y.Doc({ guid: value.guid });
  return value;
}
