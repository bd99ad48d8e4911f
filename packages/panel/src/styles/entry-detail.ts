import { css } from 'lit';

export const entryDetailStyles = css`
  .danger {
    color: var(--gv-danger);
  }
  article {
    display: grid;
    gap: 0.875rem;
    padding: 1rem 1.25rem 2.5rem;
    max-width: 52rem;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: start;
  }
  .title {
    flex: 1 1 10rem;
    min-width: 0;
    overflow-wrap: anywhere;
    padding-top: 0.375rem;
  }
  .close {
    padding-inline: 0.75rem;
    margin-inline-start: -0.75rem;
  }
  .provenance {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    padding: 0.375rem 0.75rem;
    border-inline-start: 3px solid var(--gv-accent);
    background: var(--gv-raised);
    border-radius: 0 var(--gv-radius-small) var(--gv-radius-small) 0;
    font-size: 0.9375rem;
  }
  .value {
    padding: 1rem 1.125rem;
    border: 1px solid var(--gv-line);
    border-radius: var(--gv-radius);
    background: var(--gv-surface);
    font: inherit;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    tab-size: 4;
  }
  dialog {
    width: min(24rem, calc(100vw - 2rem));
  }
  details {
    border-top: 1px solid var(--gv-line);
  }
`;
