/** `quota_get`: what a sender may have included, and what it used of that. */
import { Type } from 'typebox';
import { method } from './method.ts';
import { Height, MinHeight, Time } from './values.ts';

const Share = (of: string) =>
  Type.Object({
    perSecond: Type.Integer({ description: `${of} that come back in a second of ledger time.` }),
    burst: Type.Integer({ description: 'The most at once.' }),
    used: Type.Integer({ description: 'Of that, not come back by `time`; rounded up.' }),
  });

export const quotaMethods = {
  quota_get: method({
    summary: 'The quota of a publisher, member or validator, and what it used of it.',
    params: Type.Object({
      sender: Type.String({
        pattern: '^(recovery:|member:|validator:)?[a-z0-9-]{2,40}$',
        description: "A publisher's id; `member:ID`, `validator:ID` or `recovery:ID`.",
      }),
      minHeight: MinHeight,
    }),
    result: Type.Object({
      sender: Type.String(),
      height: Height,
      time: Time,
      operations: Share('Operations'),
      bytes: Share('Bytes of whole transactions'),
    }),
    errors: ['SYNCING'],
  }),
};
