/** Places of what is kept (`tree/place.ts`), many in a row: most take three bytes. */
import { heightOfPlace, NO_PLACE, placeOf } from './tree/place.ts';
import { RecordReader, RecordWriter } from './tree/writer.ts';

const writer = new RecordWriter();

/** In the order in which blocks wrote them, oldest first; `decodePlaces` reads them. */
export function encodePlaces(places: readonly number[]): Uint8Array {
  const height = heightOfPlace(places.at(-1) ?? NO_PLACE);
  writer.begin(height);
  writer.number(height);
  for (const place of places) writer.place(place);
  return writer.end().slice();
}

/** @throws ZtcError DATABASE_CORRUPT */
export function decodePlaces(bytes: Uint8Array): number[] {
  const height = new RecordReader(bytes, NO_PLACE).number();
  const reader = new RecordReader(bytes, placeOf(height, NO_PLACE));
  reader.number();
  return reader.places();
}
