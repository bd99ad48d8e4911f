import type { Room } from '@grapevine/room';
import { diffText, mapPosition } from '../pure/text-diff.ts';
import type { Delta } from '../pure/text-diff.ts';

type SharedDocument = ReturnType<Room['doc']>;
type SharedText = ReturnType<SharedDocument['getText']>;
type Observer = Parameters<SharedText['observe']>[0];

/** What the binding needs of a textarea. */
export type TextField = Pick<
  HTMLTextAreaElement,
  | 'value'
  | 'selectionStart'
  | 'selectionEnd'
  | 'setSelectionRange'
  | 'addEventListener'
  | 'removeEventListener'
>;

/**
 * Keeps a textarea and a shared text equal. Typing becomes the smallest replacement, so that what others type elsewhere survives; what
 * others type moves the caret along. While an input method is composing neither side touches the other: what came in meanwhile is merged at the end.
 */
export class TextBinding {
  readonly #field: TextField;
  readonly #text: SharedText;
  /** What the field and the text last agreed on. */
  #agreed: string;
  #composing = false;
  /** What others did since the composition began. */
  #held: Delta[] = [];

  constructor(field: TextField, text: SharedText) {
    this.#field = field;
    this.#text = text;
    this.#agreed = text.toJSON();
    field.value = this.#agreed;
    text.observe(this.#onText);
    field.addEventListener('input', this.#onInput);
    field.addEventListener('compositionstart', this.#onCompositionStart);
    field.addEventListener('compositionend', this.#onCompositionEnd);
  }

  destroy(): void {
    if (this.#composing) this.#onCompositionEnd();
    this.#text.unobserve(this.#onText);
    this.#field.removeEventListener('input', this.#onInput);
    this.#field.removeEventListener('compositionstart', this.#onCompositionStart);
    this.#field.removeEventListener('compositionend', this.#onCompositionEnd);
  }

  readonly #onInput = (): void => {
    if (!this.#composing) this.#sendChange();
  };

  readonly #onCompositionStart = (): void => {
    this.#composing = true;
  };

  readonly #onCompositionEnd = (): void => {
    this.#composing = false;
    this.#sendChange();
  };

  readonly #onText: Observer = (event, transaction) => {
    if (transaction.origin === this) return;
    this.#held.push(event.delta);
    if (!this.#composing) this.#show();
  };

  /** Writes the field's change into the text, placed where it belongs after what others did meanwhile. */
  #sendChange(): void {
    const { value, selectionEnd } = this.#field;
    const change = diffText(this.#agreed, value, selectionEnd);
    if (change === undefined) {
      if (this.#held.length > 0) this.#show();
      return;
    }
    const { index, remove, insert } = change;
    // What others put at the start of what is removed here is not removed with it.
    const start = this.#place(index, remove > 0 ? 'before' : 'behind');
    const end = Math.max(start, this.#place(index + remove));
    this.#text.doc?.transact(() => {
      if (end > start) this.#text.delete(start, end - start);
      if (insert !== '') this.#text.insert(start, insert);
    }, this);
    this.#agreed = this.#text.toJSON();
    // Different where others typed meanwhile, and where half a character was written, which no text can hold.
    if (this.#agreed === value) return;
    this.#show();
    const caret = start + Math.max(0, selectionEnd - index);
    this.#field.setSelectionRange(caret, caret);
  }

  /** Shows the text as it is now, with the selection on the same characters as before. */
  #show(): void {
    const { selectionStart, selectionEnd } = this.#field;
    this.#agreed = this.#text.toJSON();
    this.#field.value = this.#agreed;
    this.#field.setSelectionRange(this.#place(selectionStart), this.#place(selectionEnd));
    this.#held = [];
  }

  #place(position: number, insertsGo: 'behind' | 'before' = 'behind'): number {
    return this.#held.reduce((at, delta) => mapPosition(delta, at, insertsGo), position);
  }
}
