/** The one encoding of everything that is hashed, signed, sent or stored. */
export {
  type DecodeCode,
  decode,
  decodeViews,
  encode,
  encodeIn,
  fromJson,
  type Json,
  type Schema,
  type TypeOf,
  toJson,
} from './schema.ts';
export { ascending, list, nullable, recurring, refined, tagged, tuple } from './structures.ts';
export {
  BASE64URL_TEXT,
  type BinaryText,
  binary,
  bool,
  bytesOf,
  bytesUpTo,
  HEX_TEXT,
  literal,
  oneOf,
  text,
  uint,
  version,
} from './values.ts';
