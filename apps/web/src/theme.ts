import type { Theme } from '@grapevine/panel';

const storageKey = 'grapevine theme';
const themes: readonly Theme[] = ['auto', 'light', 'dark'];

/** The colours chosen on this device; `auto` where nothing was, or nothing can be remembered. */
export function loadTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    return themes.find((theme) => theme === stored) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export function saveTheme(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
}
