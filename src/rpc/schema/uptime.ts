/** `member_uptime`: who led, who signed and whose turns were given up, block by block. */
import { type Static, Type } from 'typebox';
import { described, Height, Id, nullable, Time } from './values.ts';

export const UPTIME_BLOCKS_DEFAULT = 100;
/** A grid that a screen can show; each block costs two reads. */
export const UPTIME_BLOCKS_MAX = 500;

const Ids = Type.Array(Id);

export const UptimeView = Type.Object(
  {
    from: described(Height, 'The first block looked at.'),
    to: described(Height, 'The last one: the newest final block.'),
    epochs: Type.Array(Type.Object({ epoch: Type.Integer(), validators: Ids })),
    members: Type.Array(
      Type.Object({
        member: Id,
        validatorBlocks: Type.Integer({ description: 'Blocks in whose epoch it was a validator.' }),
        signed: Type.Integer({ description: 'Certificates that hold its signature here.' }),
        proposed: Type.Integer(),
        missed: Type.Integer({ description: 'Views that it led and that were given up.' }),
      }),
    ),
    blocks: Type.Array(
      Type.Object({
        height: Height,
        time: Time,
        epoch: Type.Integer(),
        proposer: nullable(Id),
        signers: nullable(
          described(Ids, 'As this node saw it: a quorum, in no order. Null: no own certificate.'),
        ),
        missed: described(Ids, 'Leaders of the views between the parent’s and this one.'),
      }),
      { description: 'Oldest first.' },
    ),
  },
  { title: 'Uptime' },
);
export type UptimeView = Static<typeof UptimeView>;
