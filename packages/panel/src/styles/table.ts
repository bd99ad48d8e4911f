import { css } from 'lit';

/** What is on the left, its figures on the right. */
export const tableStyles = css`
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 0.375rem 0;
    border-bottom: 1px solid var(--gv-line);
    text-align: start;
    font-weight: 400;
  }
  td {
    text-align: end;
    font-weight: 600;
  }
  tbody tr:last-child > * {
    border-bottom: 0;
  }
`;
