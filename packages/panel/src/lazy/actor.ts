import type { Actor } from '@grapevine/room';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { kindWords } from '../pure/member-words.ts';
import { lazyIcon } from './icons.ts';

/** Who it was: name, "you" where it is this device, and the kind in a picture and a word unless it is a person. No name turns the text after it around. */
export function actorName(actor: Actor, self: string | undefined): TemplateResult {
  const words = actor.id === self ? html` <span class="muted">(you)</span>` : '';
  const kind =
    actor.kind === 'person'
      ? ''
      : html` <span class="badge">${lazyIcon(actor.kind)} ${kindWords[actor.kind]}</span>`;
  return html`<span class="actor"><bdi>${actor.name}</bdi>${words}${kind}</span>`;
}
