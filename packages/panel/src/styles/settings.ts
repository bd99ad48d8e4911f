import { css } from 'lit';

export const settingsStyles = css`
  .why {
    display: flex;
    gap: 0.5rem;
    padding: 0.5rem 0.75rem;
    background: var(--gv-grape-soft);
    color: var(--gv-grape);
    border-radius: var(--gv-radius-small);
  }
  .page {
    max-width: 68rem;
  }
  .beside {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    gap: 1.25rem;
    align-items: start;
  }
  @container panel (max-width: 899px) {
    .beside {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  .setting {
    display: grid;
    gap: 0.25rem;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1rem;
    align-items: baseline;
    justify-content: space-between;
  }
  .value {
    font-variant-numeric: tabular-nums;
  }
  form {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: center;
    margin-top: 0.5rem;
  }
  form label,
  form p {
    flex: 1 0 100%;
  }
  form input[type='number'] {
    flex: 0 1 9rem;
    width: 9rem;
    font-variant-numeric: tabular-nums;
  }
  [aria-invalid] {
    border-color: var(--gv-danger);
  }
  .range {
    flex: 1 1 14rem;
  }
`;

export const effectStyles = css`
  :host {
    display: grid;
    gap: 1.25rem;
  }
  thead th {
    color: var(--gv-muted);
    font-size: 0.875rem;
  }
  thead th,
  td {
    padding-inline-start: 1rem;
    text-align: end;
    white-space: nowrap;
  }
  .before {
    color: var(--gv-muted);
    font-weight: 400;
  }
  h4 {
    margin: 0;
    font-size: 0.9375rem;
    font-weight: 550;
  }
  .aggregate {
    display: grid;
    gap: 0.25rem;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(4.5rem, 1fr));
    gap: 0.25rem 0.75rem;
  }
  dd {
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
`;
