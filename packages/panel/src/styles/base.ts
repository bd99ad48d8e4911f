import { css } from 'lit';

/** Controls and type, for every element of the panel: each has a shadow root of its own. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    display: block;
    color: var(--gv-text);
    font: 400 1rem/1.5 var(--gv-font);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  pre {
    margin: 0;
  }
  ul,
  ol {
    padding: 0;
    list-style: none;
  }
  h2 {
    font-size: 1.25rem;
    line-height: 1.3;
    letter-spacing: -0.01em;
  }
  h3 {
    font-size: 1rem;
  }
  a {
    color: var(--gv-accent);
  }
  svg {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .muted {
    color: var(--gv-muted);
  }
  .small {
    font-size: 0.875rem;
  }
  .error {
    color: var(--gv-danger);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: center;
  }
  .stack {
    display: grid;
    gap: 0.75rem;
    align-content: start;
  }
  .page {
    max-width: 46rem;
    margin: 0 auto;
    padding: 1.5rem 1rem 3rem;
    display: grid;
    gap: 1.25rem;
    align-content: start;
  }
  .card {
    background: var(--gv-surface);
    border: 1px solid var(--gv-line);
    border-radius: var(--gv-radius);
    padding: 1rem 1.125rem;
  }
`;

const controls = css`
  :focus-visible {
    outline: 3px solid var(--gv-accent);
    outline-offset: 2px;
  }
  button,
  .button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    min-height: 44px;
    padding: 0.25rem 0.875rem;
    border: 1px solid var(--gv-edge);
    border-radius: var(--gv-radius-small);
    background: var(--gv-surface);
    font-weight: 550;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:hover:not(:disabled),
  .button:hover {
    background: var(--gv-raised);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  .primary {
    background: var(--gv-accent);
    border-color: var(--gv-accent);
    color: var(--gv-on-accent);
  }
  .primary:hover:not(:disabled) {
    background: var(--gv-accent-strong);
    border-color: var(--gv-accent-strong);
  }
  .quiet {
    border-color: transparent;
    background: transparent;
  }
  input:not([type='checkbox'], [type='radio'], [type='file']),
  select,
  textarea {
    width: 100%;
    min-height: 44px;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--gv-edge);
    border-radius: var(--gv-radius-small);
    background: var(--gv-surface);
    font-weight: 400;
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline-offset: -1px;
  }
  input::placeholder,
  textarea::placeholder {
    color: var(--gv-muted);
    opacity: 1;
  }
  label {
    display: grid;
    gap: 0.25rem;
    font-weight: 550;
  }
  label .muted {
    font-weight: 400;
  }
  dialog {
    width: min(40rem, calc(100vw - 2rem));
    max-height: calc(100dvh - 2rem);
    padding: 1.25rem;
    border: 1px solid var(--gv-line);
    border-radius: 14px;
    background: var(--gv-surface);
    color: var(--gv-text);
    box-shadow: var(--gv-shadow);
    overflow: auto;
  }
  dialog > h2 {
    margin-bottom: 0.75rem;
  }
  dialog:not([open]) {
    display: none;
  }
  dialog::backdrop {
    background: rgb(10 18 8 / 0.5);
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 0.25rem;
    padding: 0 0.5rem;
    border-radius: 99px;
    vertical-align: text-bottom;
    background: var(--gv-raised);
    font-size: 0.8125rem;
    font-weight: 550;
    white-space: nowrap;
  }
  .badge.own {
    background: var(--gv-accent-soft);
    color: var(--gv-accent-strong);
  }
  @media (forced-colors: active) {
    button,
    .badge,
    .card {
      border: 1px solid;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
`;

/** Everything an element of the panel usually wants. */
export const shared = [base, controls];
