import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { readLinkInput } from './link-input.ts';

/** The ways to another room. @param open whether there is one to come back to */
export function otherRooms(open: boolean, startNew: () => void): TemplateResult {
  return html`<h2>${open ? 'Other rooms' : 'Go on with'}</h2>
    <form class="card stack" @submit=${onLink}>
      <label
        >A room link <input name="link" required autocomplete="off" spellcheck="false"
      /></label>
      <div><button class="primary">Open link</button></div>
    </form>
    <div class="card stack">
      <p>
        A new room is empty and has a link of its own.
        ${open ? html`This one stays on this device; keep its link to come back.` : nothing}
      </p>
      <div><button @click=${startNew}>Start a new room</button></div>
    </div>`;
}

function onLink(event: SubmitEvent): void {
  event.preventDefault();
  const form = event.target;
  const field = form instanceof HTMLFormElement ? form.elements.namedItem('link') : null;
  const typed = field instanceof HTMLInputElement ? field.value : '';
  const target = readLinkInput(typed, location.href);
  if (target.at === 'elsewhere') location.assign(target.url);
  else location.hash = target.fragment;
}
