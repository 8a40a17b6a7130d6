/**
 * `verify.html`: the same in a browser, opened from disk. Files never leave the machine; the
 * network is used only if an address is given.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { digestOf, ZtcError } from '../client/sdk.ts';
import { answer, answerText } from './question.ts';

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

function chosen(id: string): File | undefined {
  return element<HTMLInputElement>(id).files?.[0];
}

function typed(id: string): string | undefined {
  const text = element<HTMLInputElement>(id).value.trim();
  return text === '' ? undefined : text;
}

function show(tone: string, lines: readonly string[]): void {
  const result = element('result');
  result.dataset.tone = tone;
  // Names from the ledger are text, never markup.
  result.textContent = lines.join('\n');
}

async function check(): Promise<void> {
  const [file, genesis, receipt] = [chosen('file'), chosen('genesis'), chosen('receipt')];
  const rpc = typed('rpc');
  if (file === undefined || genesis === undefined) {
    show('error', ['Choose the file and the genesis.']);
    return;
  }
  show('busy', [`Checking ${file.name} …`]);
  try {
    const given = await answer({
      digest: await digestOf(file),
      genesis: await genesis.text(),
      receipt: await receipt?.text(),
      rpc: receipt === undefined ? rpc : undefined,
      publisher: typed('publisher'),
      anyPublisher: element<HTMLInputElement>('any').checked && typed('publisher') === undefined,
    });
    const unchosen = given.reason === 'PUBLISHER_NOT_PINNED';
    show(unchosen ? 'UNCHOSEN' : given.status, answerText(given, file.name));
  } catch (error) {
    const [code, message] =
      error instanceof ZtcError ? [error.code, error.message] : ['UNEXPECTED', String(error)];
    show('error', [`No verdict: ${message} (${code})`]);
  }
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void check();
});
