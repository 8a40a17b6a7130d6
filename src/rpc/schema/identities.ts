/** `publisher_*` and `member_*`: who speaks, and who vouches. */
import { Type } from 'typebox';
import { method } from './method.ts';
import { UPTIME_BLOCKS_DEFAULT, UPTIME_BLOCKS_MAX, UptimeView } from './uptime.ts';
import {
  AtHeight,
  Cursor,
  Height,
  Id,
  Limit,
  MinHeight,
  nullable,
  Order,
  ProvenStateDocument,
  PublicKey,
  pageOf,
} from './values.ts';
import { MemberView, PublisherView, StatementView } from './views.ts';

export const identityMethods = {
  publisher_get: method({
    summary: 'A publisher, by its id or by one of its keys.',
    params: Type.Object({
      publisher: Type.Union([Id, PublicKey], { description: 'An id or a public key.' }),
      minHeight: MinHeight,
    }),
    result: nullable(PublisherView),
    errors: ['SYNCING'],
  }),
  publisher_prove: method({
    summary: 'A publisher and the active members, or that there is no such publisher, proven.',
    params: Type.Object({ publisher: Id, minHeight: MinHeight }),
    result: Type.Object({
      height: Height,
      publisher: nullable(PublisherView),
      proof: ProvenStateDocument,
    }),
    errors: ['SYNCING'],
  }),
  publisher_history: method({
    summary: 'All statements of a publisher, newest first unless asked otherwise.',
    params: Type.Object({
      publisher: Id,
      cursor: Cursor,
      limit: Limit,
      order: Order,
      minHeight: MinHeight,
      height: AtHeight,
    }),
    result: pageOf(StatementView),
    errors: ['NOT_FOUND', 'SYNCING'],
  }),
  publisher_list: method({
    summary: 'All publishers, in order of registration.',
    params: Type.Object({ cursor: Cursor, limit: Limit, minHeight: MinHeight }),
    result: pageOf(PublisherView),
    errors: ['SYNCING'],
  }),
  member_list: method({
    summary: 'All members, in order of admission.',
    params: Type.Object({ cursor: Cursor, limit: Limit, minHeight: MinHeight }),
    result: pageOf(MemberView),
    errors: ['SYNCING'],
  }),
  member_uptime: method({
    summary: 'Who led, signed and missed turns in the newest blocks, as this node saw it.',
    params: Type.Object({
      blocks: Type.Optional(
        Type.Integer({
          description: 'How many of the newest.',
          minimum: 1,
          maximum: UPTIME_BLOCKS_MAX,
          default: UPTIME_BLOCKS_DEFAULT,
        }),
      ),
    }),
    result: UptimeView,
    errors: [],
  }),
};
