import { css } from 'lit';

export const progressStyles = css`
  progress {
    width: 100%;
    height: 0.75rem;
    accent-color: var(--gv-accent);
  }
`;
