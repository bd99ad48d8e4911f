/**
 * Kinds of events in the queue. frame: a = link, b = direction, ref = bytes or undefined for the
 * end of the link. timer: a = member, b = timer, ref = token. event: a = member, ref = InEvent.
 * validate: a = member, ref = the effect. call: ref = a function.
 */
export const eventKind = { frame: 0, timer: 1, event: 2, validate: 3, call: 4 } as const;
