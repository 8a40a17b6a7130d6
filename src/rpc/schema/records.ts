/** `record_*`: what applications keep under their namespaces. */
import { Type } from 'typebox';
import { method } from './method.ts';
import {
  AtHeight,
  Cursor,
  Limit,
  MinHeight,
  Namespace,
  nullable,
  Order,
  pageOf,
  ReceiptDocument,
  RecordKey,
} from './values.ts';
import { RecordView } from './views.ts';

export const recordMethods = {
  record_get: method({
    summary: 'The current revision of a record.',
    params: Type.Object({
      namespace: Namespace,
      key: RecordKey,
      minHeight: MinHeight,
      height: AtHeight,
    }),
    result: nullable(RecordView),
    errors: ['NOT_FOUND', 'SYNCING'],
    immutable: 'atHeight',
  }),
  record_proof: method({
    summary: 'The receipt of a record’s current revision, or that there is none.',
    params: Type.Object({ namespace: Namespace, key: RecordKey, minHeight: MinHeight }),
    result: ReceiptDocument,
    errors: ['NOT_FOUND', 'SYNCING'],
  }),
  record_history: method({
    summary: 'All revisions of a record, newest first unless asked otherwise.',
    params: Type.Object({
      namespace: Namespace,
      key: RecordKey,
      cursor: Cursor,
      limit: Limit,
      order: Order,
      minHeight: MinHeight,
    }),
    result: pageOf(RecordView),
    errors: ['SYNCING'],
  }),
  record_list: method({
    summary: 'The current revisions of all keys of a namespace, by first appearance.',
    params: Type.Object({
      namespace: Namespace,
      cursor: Cursor,
      limit: Limit,
      minHeight: MinHeight,
    }),
    result: pageOf(RecordView),
    errors: ['SYNCING'],
  }),
};
