import { css } from 'lit';

export const memoryViewStyles = css`
  :host {
    height: 100%;
    min-height: 0;
  }
  .columns {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(10rem, 15rem) minmax(17rem, 26rem) minmax(0, 1fr);
    height: 100%;
    min-height: 0;
  }
  /* Only its dialog is ever seen, and that is above everything. */
  grapevine-new-entry {
    display: contents;
  }
  .tree,
  .list {
    border-inline-end: 1px solid var(--gv-line);
    min-height: 0;
  }
  .tree {
    overflow: auto;
    padding: 0.75rem 0.5rem;
  }
  .list {
    display: grid;
    grid-template-rows: auto auto auto minmax(0, 1fr);
    grid-template-areas: 'tools' 'why' 'heading' 'entries';
    background: var(--gv-surface);
  }
  .detail {
    overflow: auto;
    min-height: 0;
  }
  .tools {
    grid-area: tools;
    display: flex;
    gap: 0.5rem;
    padding: 0.75rem 1rem 0.25rem;
  }
  .search {
    position: relative;
    flex: 1;
    min-width: 0;
  }
  .search svg {
    position: absolute;
    inset: 0.75rem auto auto 0.75rem;
    color: var(--gv-muted);
    pointer-events: none;
  }
  .search input[type='search'] {
    padding-inline-start: 2.375rem;
  }
  .tools .primary {
    white-space: nowrap;
  }
  .why {
    grid-area: why;
    display: flex;
    gap: 0.5rem;
    margin: 0.5rem 1rem 0;
    padding: 0.5rem 0.75rem;
    background: var(--gv-grape-soft);
    color: var(--gv-grape);
    border-radius: var(--gv-radius-small);
  }
  .heading {
    grid-area: heading;
    display: flex;
    gap: 0.75rem;
    align-items: center;
    min-height: 44px;
    padding: 0 1rem;
    border-bottom: 1px solid var(--gv-line);
  }
  .heading .browse {
    display: none;
    padding-inline: 0.25rem;
    margin-inline-start: -0.25rem;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .count {
    white-space: nowrap;
  }
  .filter {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
    min-height: 44px;
    margin-inline-start: auto;
    font-weight: 400;
    white-space: nowrap;
  }
  .filter input {
    width: 1.125rem;
    height: 1.125rem;
    accent-color: var(--gv-accent);
  }
  grapevine-entries {
    grid-area: entries;
  }
  .padded {
    padding: 1rem;
  }
  .empty {
    grid-area: entries;
    overflow: auto;
  }
  .hint {
    display: grid;
    place-items: center;
    align-content: center;
    gap: 0.5rem;
    height: 100%;
  }
  .hint svg {
    width: 3rem;
    height: 3rem;
    color: var(--gv-accent);
    opacity: 0.6;
  }
  @container panel (max-width: 1000px) {
    .columns {
      grid-template-columns: minmax(9rem, 12rem) minmax(15rem, 20rem) minmax(0, 1fr);
    }
    .tools .wide {
      display: none;
    }
  }
  @container panel (max-width: 719px) {
    .columns {
      grid-template: 'main' minmax(0, 1fr) / minmax(0, 1fr);
    }
    .columns > * {
      grid-area: main;
    }
    .tree,
    .detail {
      display: none;
    }
    .list,
    .tree {
      border: 0;
    }
    .heading .browse {
      display: inline-flex;
    }
    .browsing .tree {
      display: block;
      grid-area: main;
      align-self: end;
      z-index: 2;
      height: 65%;
      background: var(--gv-paper);
      border-top: 1px solid var(--gv-line);
      box-shadow: var(--gv-shadow);
    }
    .opened .detail {
      display: block;
    }
    .opened .list,
    .opened .tree {
      display: none;
    }
  }
`;
