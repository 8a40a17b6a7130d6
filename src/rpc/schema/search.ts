/** `search`: one box for everything that can be named. */
import { Type } from 'typebox';
import { method } from './method.ts';

/** Longer than everything that can be found. */
const QUERY_LENGTH_MAX = 200;
/** A list that people read; who needs more has the `*_list` methods. */
export const HITS_MAX = 20;

const Hit = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('block'),
      Type.Literal('transaction'),
      Type.Literal('asset'),
      Type.Literal('publisher'),
      Type.Literal('member'),
    ]),
    id: Type.String({ description: 'What the methods of that kind take.' }),
    label: Type.String({ description: 'A name for people.' }),
    detail: Type.String(),
  },
  { title: 'Hit' },
);

export const searchMethods = {
  search: method({
    summary: 'What a height, hash, digest, id, key or part of a name may mean here.',
    params: Type.Object({
      query: Type.String({ minLength: 1, maxLength: QUERY_LENGTH_MAX }),
    }),
    result: Type.Object({
      items: Type.Array(Hit, { description: `The most exact first; at most ${HITS_MAX}.` }),
      complete: Type.Boolean({
        description: 'False: there are more, or older names than this node looked through.',
      }),
    }),
    errors: [],
  }),
};
