import { css } from 'lit';

/** What can be unfolded. */
export const detailsStyles = css`
  summary {
    min-height: 44px;
    display: flex;
    align-items: center;
    gap: 0.5rem;
    cursor: pointer;
    font-weight: 550;
  }
  summary::before {
    content: '';
    flex: none;
    width: 0.5em;
    height: 0.5em;
    margin: 0 0.25em;
    border: solid currentcolor;
    border-width: 2px 2px 0 0;
    transform: rotate(45deg);
  }
  details[open] > summary::before {
    transform: rotate(135deg);
  }
`;
