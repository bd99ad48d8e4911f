import { css } from 'lit';

export const appStyles = css`
  :host {
    background: var(--gv-paper);
    overflow: auto;
  }
  grapevine-panel {
    height: 100%;
  }
  .opening {
    display: grid;
    place-items: center;
    height: 100%;
  }
  .leaving {
    width: min(24rem, calc(100vw - 2rem));
  }
  h1 {
    font-size: 1.5rem;
    line-height: 1.25;
    letter-spacing: -0.02em;
  }
`;
