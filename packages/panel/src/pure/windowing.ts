interface WindowInput {
  /** Pixels. */
  scrollTop: number;
  viewportHeight: number;
  rowHeight: number;
  /** Rows in all. */
  total: number;
  /** Rows drawn beyond each edge, so that a fast scroll meets something. */
  overscan: number;
}

export interface RowWindow {
  /** First row drawn. */
  first: number;
  /** One past the last row drawn. */
  end: number;
  /** Pixels of the rows before and after. */
  before: number;
  after: number;
}

/** Which of many rows of one height are drawn. */
export function windowOf(input: WindowInput): RowWindow {
  const { rowHeight, overscan } = input;
  const total = Math.max(0, Math.floor(input.total));
  const highest = Math.max(0, total * rowHeight - input.viewportHeight);
  const top = Math.min(Math.max(0, input.scrollTop), highest);
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const end = Math.min(total, Math.ceil((top + input.viewportHeight) / rowHeight) + overscan);
  return {
    first: Math.min(first, end),
    end,
    before: Math.min(first, end) * rowHeight,
    after: (total - end) * rowHeight,
  };
}

/** Where to scroll so that a row is wholly in view; `scrollTop` itself where it is already. */
export function scrollToRow(
  row: number,
  input: Pick<WindowInput, 'scrollTop' | 'viewportHeight' | 'rowHeight'>,
): number {
  const top = row * input.rowHeight;
  if (top < input.scrollTop) return top;
  const bottom = top + input.rowHeight;
  const seen = input.scrollTop + input.viewportHeight;
  return bottom > seen ? bottom - input.viewportHeight : input.scrollTop;
}
