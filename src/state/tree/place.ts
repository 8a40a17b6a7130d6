/**
 * Where a record of the tree or a value lies: the height of the block that wrote it, then its chunk
 * (`chunks.ts`) among what that block wrote, then its slot there, as one integer. Places grow with
 * the chain: LevelDB appends.
 */
import { invariant } from '../../common/errors.ts';

/** What has a place in one chunk, at most; a bit for each is a number. */
export const SLOTS = 32;
/** More than the fullest block writes: 20,000 operations of a few keys, and the pages above. */
const NUMBERS = 2 ** 21;
/** A place stays a safe integer: 130 years of a block a second. */
const HEIGHT_MAX = 2 ** 32 - 1;

/** Of what is not stored. */
export const NO_PLACE = 0;

/** @param number chunk · `SLOTS` + slot; chunks count from 1 on in each block */
export function placeOf(height: number, number: number): number {
  invariant(height <= HEIGHT_MAX && number < NUMBERS, 'a place has room for every block');
  return height * NUMBERS + number;
}

/** Of what the block `height` writes. */
export function firstPlaceOf(height: number): number {
  return placeOf(height, SLOTS);
}

export function heightOfPlace(place: number): number {
  return Math.floor(place / NUMBERS);
}

export function numberOfPlace(place: number): number {
  return place - heightOfPlace(place) * NUMBERS;
}

/** The first place of the next chunk. */
export function nextChunkOf(place: number): number {
  return (chunkOfPlace(place) + 1) * SLOTS;
}

/** Of all chunks of the chain: what lies at `place` is in this one. */
export function chunkOfPlace(place: number): number {
  return Math.floor(place / SLOTS);
}

export function slotOfPlace(place: number): number {
  return place - chunkOfPlace(place) * SLOTS;
}
