import { css } from 'lit';

export const panelStyles = css`
  :host {
    display: block;
    height: 100%;
    min-height: 0;
    container: panel / inline-size;
    background: var(--gv-paper);
  }
  .shell {
    position: relative;
    display: grid;
    grid-template:
      'header' auto
      'status' auto
      'main' minmax(0, 1fr) / minmax(0, 1fr);
    height: 100%;
  }
  header {
    grid-area: header;
    display: flex;
    align-items: center;
    gap: 1.5rem;
    padding: 0 1rem;
    background: var(--gv-surface);
    border-bottom: 1px solid var(--gv-line);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    font-size: 1.125rem;
    letter-spacing: -0.02em;
    color: var(--gv-accent-strong);
  }
  .brand svg {
    width: 1.75rem;
    height: 1.75rem;
    color: var(--gv-grape);
  }
  grapevine-status {
    grid-area: status;
  }
  main {
    grid-area: main;
    overflow: auto;
    min-height: 0;
  }
  nav {
    display: flex;
    gap: 0.125rem;
    min-width: 0;
  }
  .tab {
    min-height: 52px;
    border: 0;
    border-radius: 0;
    border-bottom: 3px solid transparent;
    border-top: 3px solid transparent;
    background: none;
    color: var(--gv-muted);
    padding-inline: 0.75rem;
    white-space: nowrap;
  }
  .tab:focus-visible {
    outline-offset: -4px;
  }
  .tab[aria-current] {
    color: var(--gv-accent-strong);
    border-bottom-color: var(--gv-accent);
  }
  .narrow {
    display: none;
  }
  .notice {
    position: absolute;
    inset: auto 1rem 1rem;
    justify-self: center;
    display: none;
    gap: 0.75rem;
    align-items: center;
    max-width: 32rem;
    margin-inline: auto;
    padding: 0.375rem 0.5rem 0.375rem 1rem;
    border: 1px solid var(--gv-line);
    border-radius: var(--gv-radius);
    background: var(--gv-surface);
    box-shadow: var(--gv-shadow);
    z-index: 5;
  }
  .notice.shown {
    display: flex;
  }
  .notice span {
    flex: 1;
    overflow-wrap: anywhere;
  }
  /* All tabs side by side take 1,340 px in English, 1,120 without their pictures. */
  @container panel (min-width: 1200px) and (max-width: 1399px) {
    .tab svg {
      display: none;
    }
  }
  @container panel (max-width: 1199px) {
    .wide {
      display: none;
    }
    .narrow {
      display: inline-flex;
    }
  }
  @container panel (max-width: 719px) {
    .shell {
      grid-template:
        'status' auto
        'main' minmax(0, 1fr)
        'header' auto / minmax(0, 1fr);
    }
    header {
      padding: 0 0 env(safe-area-inset-bottom);
      border-bottom: 0;
      border-top: 1px solid var(--gv-line);
    }
    .brand {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    nav {
      flex: 1;
      display: grid;
      grid-template-columns: repeat(4, 1fr);
    }
    .tab {
      position: relative;
      flex-direction: column;
      gap: 0.125rem;
      min-height: 58px;
      padding: 0.25rem;
      border-bottom: 0;
      font-size: 0.75rem;
    }
    .tab svg {
      width: 1.5rem;
      height: 1.5rem;
    }
    .tab[aria-current],
    .tab.under {
      color: var(--gv-accent-strong);
      border-top-color: var(--gv-accent);
    }
    .tab .badge {
      position: absolute;
      inset: 0.25rem auto auto calc(50% + 0.5rem);
      padding: 0 0.3125rem;
      font-size: 0.6875rem;
    }
    .notice {
      inset-block-end: calc(70px + env(safe-area-inset-bottom));
    }
  }
  @media (forced-colors: active) {
    .tab {
      border: 0;
    }
    .tab[aria-current] {
      text-decoration: underline;
      text-underline-offset: 0.3em;
    }
  }
`;
