/**
 * Puts text on the clipboard. On a plain-http address there is no clipboard API; the old command on a selection still works there.
 * False where neither does: then the person has to copy by hand.
 *
 * @param near where a helper element may be attached (a modal dialog makes everything outside it inert)
 */
export async function copyText(text: string, near: ParentNode & Node): Promise<boolean> {
  // Typed as always there, but missing on an insecure origin.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  try {
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused (no focus, no permission): the old way may still do.
  }
  const helper = document.createElement('textarea');
  helper.value = text;
  helper.readOnly = true;
  helper.className = 'visually-hidden';
  near.append(helper);
  helper.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    helper.remove();
  }
}
