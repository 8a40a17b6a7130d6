/** Which names there can be, and which look alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { likenessesOf, lookAlike, nameProblem } from '../../../src/ledger/names/names.ts';
import { nearest, nearness } from '../../../src/ledger/names/near.ts';

test('names of one script, and of scripts that are written together, are fine', () => {
  const fine = [
    'ACME Software',
    'Société Générale',
    'Müller & Söhne GmbH',
    "O'Reilly Media, Inc.",
    '株式会社トヨタ',
    'ソニー Sony',
    '한국전력 KEPCO',
    'Ελληνικά',
    'ООО Ромашка',
    'शर्मा',
    'بنك',
    'A+B',
  ];
  for (const name of fine) assert.equal(nameProblem(name), undefined, name);
});

test('what hides, reorders or mixes is refused', () => {
  const refused: readonly (readonly [name: string, why: RegExp])[] = [
    ['ac\u200bme', /U\+200B/],
    ['ac\u202eme', /U\+202E/],
    ['\ufeffacme', /U\+FEFF/],
    ['acme\u0000', /U\+0000/],
    ['ac\u2044me', /U\+2044/],
    ['\ud835\udc00cme', /U\+1D400/],
    ['\ufb01nance', /U\+FB01/],
    ['\ud800', /U\+D800/],
    ['АCME', /mixes scripts: Cyrillic, Latin/],
    ['Toys\u042fUs', /mixes scripts/],
    ['한국ラ', /mixes scripts/],
    ['- . -', /no letter and no digit/],
  ];
  for (const [name, why] of refused) assert.match(nameProblem(name) ?? '', why, name);
});

test('names that people take for each other look alike', () => {
  const pairs = [
    ['ACME', 'acme'],
    ['ACME Ltd.', 'Acme, Ltd'],
    ['acme', 'acrne'],
    ['Modern', 'RNODERN'],
    ['ACME', 'АСМЕ'],
    ['acme', 'асме'],
    ['Toma', 'тома'],
    ['kim', 'кім'],
    ['nano', 'νανο'],
    ['paypal', 'paypa1'],
    ['PayPal', 'PAYPAI'],
    ['bolt', 'b0lt'],
    ['Motorola', 'Mótörola'],
    ['Google', 'G00gIe'],
    ['scope', 'ѕсоре'],
  ];
  for (const [one, other] of pairs) {
    assert.ok(lookAlike(one as string, other as string), `${one} and ${other}`);
    assert.ok(lookAlike(other as string, one as string), `${other} and ${one}`);
  }
  for (const [one, other] of [
    ['acme', 'acne'],
    ['bolt', 'bold'],
    ['株式会社', '有限会社'],
    ['mail', 'mall'],
    ['Bill', 'Blll'],
    ['Ромашка', 'Romashka'],
    ['АСМЕ', 'АСНЕ'],
    // UTS #39 lists rn for m, and no other letters that are one together.
    ['world', 'vvorld'],
    ['cloud', 'doud'],
  ]) {
    assert.ok(!lookAlike(one as string, other as string), `${one} and ${other}`);
  }
});

test('any text has an answer; case and spaces of ASCII decide nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 96 }), (text) => {
      nameProblem(text);
      assert.ok(likenessesOf(text).length >= 1);
      assert.ok(lookAlike(text, text));
    }),
  );
  const word = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  fc.assert(
    fc.property(word, (text) => {
      assert.equal(nameProblem(text), undefined);
      assert.ok(lookAlike(text, text.toUpperCase()));
      assert.ok(lookAlike(text, `${text.slice(0, 1)} ${text.slice(1)}.`));
    }),
  );
});

test('near is a likeness, or a slip or two in a name that is long enough', () => {
  const found: readonly (readonly [one: string, other: string, how: string | undefined])[] = [
    ['acme', 'acme', 'same'],
    ['acme', 'ACME', 'look-alike'],
    ['acme', 'асме', 'look-alike'],
    ['globex', 'glodex', 'near'],
    ['globex', 'golbex', 'near'],
    ['globex', 'globx', 'near'],
    ['globex', 'glodxe', undefined],
    ['initech-soft', 'initech-sfot', 'near'],
    ['initech-soft', 'inntech-sfot', 'near'],
    ['initech-soft', 'inmtech-sfat', undefined],
    ['app', 'apt', undefined],
    ['abc', 'abcd', undefined],
    ['web', 'vveb', 'near'],
    ['cloud', 'doud', 'near'],
    ['', 'acme', undefined],
    ['---', '--', undefined],
  ];
  for (const [one, other, how] of found) {
    assert.equal(nearness(one, other), how, `${one} and ${other}`);
    assert.equal(nearness(other, one), how, `${other} and ${one}`);
  }
  assert.equal(nearest(['newco', 'Globex'], ['globex', 'glodex']), 'look-alike');
});

test('nearness is the same from both sides, and what is one slip away is near', () => {
  const word = fc.stringMatching(/^[a-dxyz]{4,12}$/);
  fc.assert(
    fc.property(word, word, fc.nat(11), fc.constantFrom('q', 'w'), (one, other, at, letter) => {
      assert.equal(nearness(one, other), nearness(other, one));
      const place = at % one.length;
      const slipped = one.slice(0, place) + letter + one.slice(place + 1);
      assert.equal(nearness(one, slipped), 'near');
    }),
  );
});
