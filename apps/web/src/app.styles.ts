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
  h1 {
    font-size: 1.5rem;
    line-height: 1.25;
    letter-spacing: -0.02em;
  }
`;
