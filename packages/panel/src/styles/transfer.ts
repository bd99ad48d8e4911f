import { css } from 'lit';

export const transferStyles = css`
  h3 {
    display: flex;
    gap: 0.5rem;
    align-items: center;
  }
  /* What shows nothing takes no gap. */
  grapevine-import-dialog {
    display: contents;
  }
  [role='status']:empty {
    position: absolute;
  }
  .drop {
    border: 2px dashed var(--gv-edge);
  }
  .drop.over {
    border-color: var(--gv-accent);
    background: var(--gv-accent-soft);
  }
  .button {
    position: relative;
  }
  .button:has(:focus-visible) {
    outline: 3px solid var(--gv-accent);
    outline-offset: 2px;
  }
`;
