import type { Room, RoomSetting, SettingName } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../parts/icons.ts';
import { exactTime, relativeTime } from '../pure/relative-time.ts';
import { invalidText, rangeText, settingValue, settingWords } from '../pure/setting-words.ts';
import { ClockController } from '../state/clock-controller.ts';
import { codeOf, errorWords, send } from '../state/events.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { settingsStyles } from '../styles/settings.ts';
import './room-effect.ts';

/** What the room has set for all its members, who set it, and what comes of it in this tab. */
@customElement('grapevine-settings')
class SettingsView extends LitElement {
  static override readonly styles = [shared, settingsStyles];

  @property({ attribute: false }) room: Room | undefined;
  /** What is typed and not set yet: nobody else's change takes it away. */
  @state() private drafts: ReadonlyMap<SettingName, string> = new Map();
  @state() private errors: ReadonlyMap<SettingName, string> = new Map();
  @state() private busy = false;

  readonly #follow = new RoomController(this, ['settings', 'members'], {
    shows: (room) => JSON.stringify(room.settings()),
  });
  readonly #clock = new ClockController(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('room')) return;
    this.drafts = new Map();
    this.errors = new Map();
  }

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    void this.#clock;
    const { room } = this;
    if (room === undefined) return nothing;
    // Where there is nothing to type or press, the keyboard scrolls the whole.
    return html`<div
      class="page"
      role="region"
      aria-label="Room settings"
      tabindex=${room.readOnly ? 0 : nothing}
    >
      <h2>Room settings</h2>
      ${
        room.readOnly
          ? html`<p class="why small">
              ${icon('lock')} You opened a read-only link: you see what is set here and cannot
              change it. To change it, ask for a full link.
            </p>`
          : html`<p class="muted">What you set holds for every member, at once.</p>`
      }
      <div class="beside">
        <ul class="stack" role="list" aria-label="Settings">
          ${repeat(
            room.settings(),
            ({ name }) => name,
            (setting) => this.#setting(setting, room),
          )}
        </ul>
        <grapevine-effect .room=${room}></grapevine-effect>
      </div>
    </div>`;
  }

  #setting(setting: RoomSetting, room: Room): TemplateResult {
    const { name, value } = setting;
    const { label, about } = settingWords[name];
    return html`<li role="listitem" class="card setting">
      <div class="head">
        <h3>${label}</h3>
        <strong class="value">${settingValue(name, value)}</strong>
      </div>
      <p class="small muted">${this.#author(setting, room)}</p>
      <p class="small about">${about}</p>
      ${
        room.readOnly
          ? html`<p class="small muted">${rangeText(setting)}</p>`
          : this.#form(setting, room)
      }
    </li>`;
  }

  #author({ setBy, setAt = Number.NaN }: RoomSetting, room: Room): TemplateResult | string {
    if (setBy === undefined) return 'Nobody has set it: the default holds.';
    return html`Set by <bdi>${setBy.name}</bdi>${setBy.author === room.self.author ? ' (you)' : ''},
      <time title=${exactTime(setAt)} datetime=${new Date(setAt).toISOString()}
        >${relativeTime(setAt, Date.now())}</time
      >`;
  }

  #form(setting: RoomSetting, room: Room): TemplateResult {
    const { name, value, range, setBy } = setting;
    const { label, unit } = settingWords[name];
    const error = this.errors.get(name);
    // Not validated by the browser: its words come and go as a bubble, ours stay where the field is.
    return html`<form
      novalidate
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const input = this.renderRoot.querySelector<HTMLInputElement>(`[name="${name}"]`);
        if (input !== null) void this.#set(setting, room, input.valueAsNumber);
      }}
    >
      <label for=${name}>${label} in ${unit}</label>
      <input
        id=${name}
        name=${name}
        type="number"
        inputmode="numeric"
        required
        min=${range[0]}
        max=${range[1]}
        step="1"
        autocomplete="off"
        aria-describedby="${name}-range ${error === undefined ? '' : `${name}-error`}"
        aria-invalid=${error === undefined ? nothing : 'true'}
        .value=${this.drafts.get(name) ?? String(value)}
        @input=${(event: InputEvent) => {
          if (event.target instanceof HTMLInputElement) this.#draft(name, event.target.value);
        }}
      />
      <button class="primary" ?disabled=${this.busy} aria-label="Set ${label}">Set</button>
      ${
        setBy === undefined
          ? nothing
          : html`<button
              type="button"
              ?disabled=${this.busy}
              aria-label="Default for ${label}"
              @click=${() => void this.#set(setting, room, undefined)}
            >
              Default
            </button>`
      }
      <span id="${name}-range" class="range small muted">${rangeText(setting)}</span>
      ${
        error === undefined
          ? nothing
          : html`<p id="${name}-error" class="error" role="alert">${error}</p>`
      }
    </form>`;
  }

  #draft(name: SettingName, text: string | undefined): void {
    const drafts = new Map(this.drafts);
    if (text === undefined) drafts.delete(name);
    else drafts.set(name, text);
    this.drafts = drafts;
    this.#fail(name, undefined);
  }

  #fail(name: SettingName, error: string | undefined): void {
    const errors = new Map(this.errors);
    if (error === undefined) errors.delete(name);
    else errors.set(name, error);
    this.errors = errors;
  }

  async #set(setting: RoomSetting, room: Room, value: number | undefined): Promise<void> {
    const { name } = setting;
    if (this.busy) return;
    this.busy = true;
    try {
      await room.setSetting(name, value);
      this.#draft(name, undefined);
      const now = room.settings().find((other) => other.name === name)?.value ?? setting.default;
      const text = `${settingWords[name].label} is now ${settingValue(name, now)} for everybody.`;
      send(this, 'grapevine-notice', { text });
    } catch (error) {
      const refused = codeOf(error) === 'setting-invalid';
      this.#fail(name, refused ? invalidText(setting) : errorWords(error));
      this.renderRoot.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
    } finally {
      this.busy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-settings': SettingsView;
  }
}
