import type { NamespaceSummary } from '@grapevine/room';
import { LitElement, css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { parentOf, treeRows } from '../pure/namespaces.ts';
import type { TreeRow } from '../pure/namespaces.ts';
import { send } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { icon } from '../parts/icons.ts';

/** The namespaces of a room as a tree: one tab stop, arrow keys move, Enter chooses. */
@customElement('grapevine-namespaces')
class NamespaceTree extends LitElement {
  static override readonly styles = [
    shared,
    css`
      [role='treeitem'] {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        min-height: 36px;
        padding: 0.125rem 0.5rem 0.125rem calc(0.25rem + (var(--level) - 1) * 1rem);
        border-radius: var(--gv-radius-small);
        cursor: pointer;
        --level: 1;
      }
      .level-2 {
        --level: 2 !important;
      }
      .level-3 {
        --level: 3 !important;
      }
      .level-4 {
        --level: 4 !important;
      }
      .level-5 {
        --level: 5 !important;
      }
      [role='treeitem']:hover {
        background: var(--gv-raised);
      }
      [role='treeitem'][aria-selected='true'] {
        background: var(--gv-accent-soft);
        color: var(--gv-accent-strong);
        font-weight: 600;
      }
      [role='treeitem']:focus-visible {
        outline-offset: -3px;
      }
      .twist {
        display: inline-grid;
        place-items: center;
        width: 1.5rem;
        height: 1.75rem;
        color: var(--gv-muted);
        font-size: 0.8rem;
      }
      .label {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        flex: 1;
      }
      .count {
        color: var(--gv-muted);
        font-size: 0.8125rem;
        font-weight: 400;
        font-variant-numeric: tabular-nums;
      }
      @media (pointer: coarse) {
        [role='treeitem'] {
          min-height: 44px;
        }
      }
      @media (forced-colors: active) {
        [role='treeitem'][aria-selected='true'] {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }
      }
    `,
  ];

  @property({ attribute: false }) summaries: readonly NamespaceSummary[] = [];
  /** Entries in the whole room. */
  @property({ type: Number }) total = 0;
  @property() selected = '';
  @state() private expanded: ReadonlySet<string> = new Set();
  @state() private active = '';

  #rows: TreeRow[] = [];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('selected')) {
      this.active = this.selected;
      const open = new Set(this.expanded);
      for (let at = parentOf(this.selected); at !== undefined; at = parentOf(at)) open.add(at);
      this.expanded = open;
    }
    const top: TreeRow = {
      namespace: '',
      label: 'Everything',
      level: 1,
      entries: this.total,
      expandable: false,
      expanded: false,
      position: 1,
      siblings: 1,
    };
    const rows = treeRows(this.summaries, this.expanded);
    top.siblings = rows.filter((row) => row.level === 1).length + 1;
    for (const row of rows) {
      if (row.level !== 1) continue;
      row.position += 1;
      row.siblings = top.siblings;
    }
    this.#rows = [top, ...rows];
    if (!this.#rows.some((row) => row.namespace === this.active)) this.active = this.selected;
  }

  protected override render(): TemplateResult {
    return html`<div role="tree" aria-label="Namespaces" @keydown=${this.#onKey}>
      ${repeat(
        this.#rows,
        (row) => row.namespace,
        (row) => this.#row(row),
      )}
    </div>`;
  }

  #row(row: TreeRow): TemplateResult {
    const stop = this.#rows.some((other) => other.namespace === this.active)
      ? row.namespace === this.active
      : row.namespace === '';
    return html`<div
      role="treeitem"
      class="level-${Math.min(row.level, 5)}"
      data-namespace=${row.namespace}
      aria-label=${row.label}
      aria-description="${row.entries} entries"
      aria-level=${row.level}
      aria-posinset=${row.position}
      aria-setsize=${row.siblings}
      aria-selected=${row.namespace === this.selected}
      aria-expanded=${row.expandable ? String(row.expanded) : undefined}
      tabindex=${stop ? 0 : -1}
      title=${row.namespace}
      @click=${() => {
        this.#choose(row);
      }}
    >
      <span
        class="twist"
        @click=${(event: Event) => {
          if (!row.expandable) return;
          event.stopPropagation();
          this.#toggle(row, !row.expanded);
        }}
        >${row.expandable ? icon(row.expanded ? 'down' : 'right') : ''}</span
      >
      <span class="label">${row.label}</span>
      <span class="count">${row.entries.toLocaleString('en')}</span>
    </div>`;
  }

  #choose(row: TreeRow): void {
    if (row.expandable && !row.expanded) this.#toggle(row, true);
    this.active = row.namespace;
    send(this, 'grapevine-namespace-chosen', row.namespace);
  }

  #toggle(row: TreeRow, open: boolean): void {
    const expanded = new Set(this.expanded);
    if (open) expanded.add(row.namespace);
    else expanded.delete(row.namespace);
    this.expanded = expanded;
    this.active = row.namespace;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const index = this.#rows.findIndex((row) => row.namespace === this.active);
    const row = this.#rows[index];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.#handle(event.key, index, row)) return;
    event.preventDefault();
  };

  #handle(key: string, index: number, row: TreeRow): boolean {
    switch (key) {
      case 'ArrowDown':
        return this.#focus(index + 1);
      case 'ArrowUp':
        return this.#focus(index - 1);
      case 'Home':
        return this.#focus(0);
      case 'End':
        return this.#focus(this.#rows.length - 1);
      case 'ArrowRight':
        if (row.expanded) return this.#focus(index + 1);
        if (row.expandable) this.#toggle(row, true);
        return true;
      case 'ArrowLeft': {
        if (row.expanded) this.#toggle(row, false);
        else this.#focus(this.#rows.findIndex((r) => r.namespace === parentOf(row.namespace)));
        return true;
      }
      case 'Enter':
      case ' ':
        this.#choose(row);
        return true;
      default:
        return false;
    }
  }

  #focus(index: number): boolean {
    const row = this.#rows[index];
    if (row === undefined) return true;
    this.active = row.namespace;
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    });
    return true;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-namespaces': NamespaceTree;
  }
}
