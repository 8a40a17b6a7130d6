/** Members by id, so that pages name people and not keys. Names are the node's word. */
import type { MemberView } from '../../rpc/schema/index.ts';
import { ask } from './node.ts';
import { Store } from './store.ts';

const members = new Store<{ list: readonly MemberView[]; asked: boolean }>({
  list: [],
  asked: false,
});
/** No consortium has more pages than this. */
const PAGES_MAX = 20;

export function useMembers(): readonly MemberView[] {
  const { list } = members.use();
  if (!members.value.asked) {
    members.set({ asked: true });
    readAll().then(
      (all) => members.set({ list: all }),
      () => members.set({ asked: false }),
    );
  }
  return list;
}

async function readAll(): Promise<MemberView[]> {
  const all: MemberView[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: { items: MemberView[]; nextCursor: string | null } = await ask('member_list', {
      limit: 100,
      ...(cursor !== null && { cursor }),
    });
    all.push(...answer.items);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return all;
}

/** Looks again: somebody came or left. */
export function forgetMembers(): void {
  members.set({ asked: false });
}

export function nameOf(list: readonly MemberView[], id: string | null): string {
  return list.find((member) => member.id === id)?.name ?? id ?? 'genesis';
}
