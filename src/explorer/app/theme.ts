/** Light or dark: as the system has it, until the reader chooses. */
const KEY = 'ztc.theme';
type Theme = 'light' | 'dark';

export function startTheme(): void {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'light' || kept === 'dark') apply(kept);
  } catch {
    // Without storage the system's choice stays.
  }
}

export function toggleTheme(): void {
  const { colorScheme } = getComputedStyle(document.documentElement);
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const now = colorScheme === 'light' || colorScheme === 'dark' ? colorScheme : system;
  const next = now === 'dark' ? 'light' : 'dark';
  apply(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It stays for this page.
  }
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
