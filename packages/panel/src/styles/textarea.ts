import { css } from 'lit';

/** A field for text of many lines. */
export const textareaStyles = css`
  textarea {
    resize: vertical;
    font: 0.9375rem/1.55 var(--gv-mono);
    tab-size: 4;
  }
`;
