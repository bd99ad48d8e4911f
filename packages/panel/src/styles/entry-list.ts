import { css } from 'lit';

/** Pixels of a row; every row has the same height, which is what makes drawing only some of them simple. */
export const rowHeight = 68;

export const entryListStyles = css`
  :host {
    overflow-y: auto;
    overscroll-behavior: contain;
    contain: strict;
    min-height: 0;
  }
  .badge.conflict {
    background: var(--gv-warn-soft);
    color: var(--gv-warn);
  }
  li {
    height: calc(${rowHeight} * 1px);
  }
  .waiting {
    padding: 1rem;
  }
  .entry {
    display: grid;
    grid-template: 'key time' auto 'line author' auto / 1fr auto;
    align-content: center;
    justify-content: stretch;
    gap: 0.125rem 0.75rem;
    width: 100%;
    height: 100%;
    padding: 0.25rem 1rem;
    border: 0;
    border-bottom: 1px solid var(--gv-line);
    border-radius: 0;
    background: none;
    text-align: start;
    font-weight: 400;
  }
  .entry:focus-visible {
    outline-offset: -3px;
  }
  .entry[aria-current],
  .entry[aria-current]:hover:not(:disabled) {
    background: var(--gv-accent-soft);
    box-shadow: inset 4px 0 0 var(--gv-accent);
  }
  /* All the row has: what the key may take is a share of that, not of its own width. */
  .name {
    display: flex;
    flex: 1;
    min-width: 0;
  }
  /* Where there is no room for both, the namespace goes first, but never all of it. */
  .namespace {
    flex: 0 1000 auto;
  }
  .own {
    max-width: calc(100% - 4rem);
  }
  .namespace:empty + .own {
    max-width: none;
  }
  .namespace,
  .own,
  .line {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    min-width: 0;
  }
  .key {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    min-width: 0;
    font-weight: 600;
  }
  .namespace {
    color: var(--gv-muted);
    font-weight: 400;
  }
  .line,
  .author,
  time {
    color: var(--gv-muted);
    font-size: 0.875rem;
  }
  .author {
    max-width: 9rem;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    text-align: end;
  }
  time {
    white-space: nowrap;
    text-align: end;
  }
  @media (forced-colors: active) {
    .entry {
      border: 0;
      border-bottom: 1px solid;
    }
    .entry[aria-current] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
