/** The explorer: one HTML file without external parts, served by every node at `/`. */
import { readFileSync } from 'node:fs';

/** Reads the page, once at start. */
export function readExplorerPage(): string {
  return readFileSync(new URL('./index.html', import.meta.url), 'utf8');
}
