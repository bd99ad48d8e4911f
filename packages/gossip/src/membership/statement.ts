import { Writer, label, sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { cardStates, writeStatement } from '../frames/member-messages.ts';
import type { Card, MessageOf, Opinion } from '../frames/message.ts';

export type SignedCard = MessageOf<'alive'>;
export type SignedOpinion = MessageOf<'suspect' | 'vouch'>;

const cardLabel = label('grapevine/1 alive');
const probeLabel = label('grapevine/1 probe');
const leafLabel = label('grapevine/1 card');
const opinionLabels = {
  suspect: label('grapevine/1 suspect'),
  vouch: label('grapevine/1 vouch'),
} as const;

/** What the member signs (M2). */
export function cardBytes(card: Card): Uint8Array {
  const writer = new Writer().bytes(cardLabel).bytes(sessionIdToBytes(card.session));
  writeStatement(writer, card);
  return writer.done();
}

/** What goes into the leaf of the table's tree (M10), to be hashed. */
export function leafBytes({ session, incarnation, state }: Card): Uint8Array {
  const writer = new Writer().bytes(leafLabel).bytes(sessionIdToBytes(session));
  return writer.varint(incarnation).u8(cardStates.indexOf(state)).done();
}

/** What an accuser or a voucher signs (M4, M5). */
export function opinionBytes(type: SignedOpinion['type'], opinion: Opinion): Uint8Array {
  const { by, about, incarnation, number, degree } = opinion;
  const writer = new Writer().bytes(opinionLabels[type]);
  writer.bytes(sessionIdToBytes(by)).bytes(sessionIdToBytes(about));
  return writer.varint(incarnation).varint(number).varint(degree).done();
}

/** What a member signs that is probed (M13). */
export function probeBytes(session: SessionId, nonce: number): Uint8Array {
  const writer = new Writer().bytes(probeLabel).bytes(sessionIdToBytes(session));
  return writer.varint(nonce).done();
}

/** Whether `card` holds against `other` of the same member (M2). */
export function isLater(card: Card, other: Card): boolean {
  if (card.incarnation !== other.incarnation) return card.incarnation > other.incarnation;
  return cardStates.indexOf(card.state) > cardStates.indexOf(other.state);
}

/** The same card with byte arrays of its own, to be kept beyond the frame it came in. */
export function kept(card: SignedCard): SignedCard {
  const { proof, info, signature } = card;
  return { ...card, proof: proof.slice(), info: info.slice(), signature: signature.slice() };
}
