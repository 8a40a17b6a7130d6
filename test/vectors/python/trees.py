"""The trees of docs/format.md, section 7, runs of lists (section 10), and domain hashes (section 3)."""

import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def domain_hash(tag, chain, body):
    return sha256(tag.encode("ascii") + b"\0" + chain + body)


def leaf_hash(data):
    return sha256(b"\0" + data)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def split_point(count):
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def merkle_root(leaves):
    if len(leaves) == 0:
        return sha256(b"")
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = split_point(len(leaves))
    return node_hash(merkle_root(leaves[:split]), merkle_root(leaves[split:]))


def frontier_root(nodes):
    if not nodes:
        return sha256(b"")
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


def includes(root, count, index, leaf, path):
    """Whether the leaf is number `index` of `count`; the path is deepest sibling first."""
    if not 0 <= index < count:
        return False
    rest = list(path)

    def node(at, size):
        if size == 1:
            return leaf_hash(leaf)
        if not rest:
            return None
        sibling = rest.pop()
        split = split_point(size)
        if at < split:
            left = node(at, split)
            return left and node_hash(left, sibling)
        right = node(at - split, size - split)
        return right and node_hash(sibling, right)

    return node(index, count) == root and not rest


def is_prefix(older, older_root, newer, newer_root, path):
    """RFC 6962 section 2.1.4.2, by rebuilding both roots from the top."""
    if not 0 <= older <= newer:
        return False
    if older == 0 or older == newer:
        expected = sha256(b"") if older == 0 else newer_root
        return not path and older_root == expected
    rest = list(path)

    def roots(old, new, whole):
        if old == new:
            if whole:
                return older_root, older_root
            return (rest[-1], rest.pop()) if rest else None
        if not rest:
            return None
        sibling = rest.pop()
        split = split_point(new)
        if old <= split:
            left = roots(old, split, whole)
            return left and (left[0], node_hash(left[1], sibling))
        right = roots(old - split, new - split, False)
        return right and (node_hash(sibling, right[0]), node_hash(sibling, right[1]))

    return roots(older, newer, True) == (older_root, newer_root) and not rest


def climb(leaf, sides, path):
    """The root that a path leads to, deepest sibling first; bit i of `sides`: it stands left."""
    node = leaf
    for i, sibling in enumerate(path):
        node = node_hash(sibling, node) if sides >> i & 1 else node_hash(node, sibling)
    return node


def is_run(root, count, start, leaves, path):
    """Whether the leaves are number `start` and following of `count`."""
    end = start + len(leaves)
    if not leaves or start < 0 or end > count:
        return False
    rest = list(path)

    def node(at, size):
        if at >= end or at + size <= start:
            return rest.pop(0) if rest else None
        if size == 1:
            return leaf_hash(leaves[at - start])
        split = split_point(size)
        left = node(at, split)
        right = left and node(at + split, size - split)
        return right and node_hash(left, right)

    return node(0, count) == root and not rest


EMPTY = bytes(32)


def state_leaf(path, value_hash):
    node = sha256(path + value_hash)
    return bytes([node[0] | 0x80]) + node[1:]


def state_inner(left, right):
    node = sha256(left + right)
    return bytes([node[0] & 0x7F]) + node[1:]


def bit(path, depth):
    return path[depth // 8] >> (7 - depth % 8) & 1


def bits_shared(a, b):
    shared = 0
    while shared < 256 and bit(a, shared) == bit(b, shared):
        shared += 1
    return shared


def end_of(path, entry):
    """The node at the end of an entry's path; None where it does not show what it says."""
    value, end, depth = entry["value"], entry["end"], entry["depth"]
    if value is not None:
        return state_leaf(path, sha256(value)) if end is None else None
    if end is None:
        return EMPTY
    if end["keyHash"] == path or bits_shared(end["keyHash"], path) < depth:
        return None
    return state_leaf(end["keyHash"], end["valueHash"])


def state_root_of(entries, siblings):
    """The root that a state proof makes; None where it makes none."""
    keys = [entry["key"] for entry in entries]
    if len(set(keys)) != len(keys):
        return None
    placed = sorted((sha256(entry["key"].encode("utf-8")), i) for i, entry in enumerate(entries))
    rest = list(siblings)

    def node(group, depth):
        if not group:
            return rest.pop(0) if rest else None
        if entries[group[0][1]]["depth"] <= depth:
            if any(entries[i]["depth"] != depth for _, i in group):
                return None
            ends = {end_of(path, entries[i]) for path, i in group}
            return ends.pop() if len(ends) == 1 else None
        if depth == 256:
            return None
        left = node([each for each in group if bit(each[0], depth) == 0], depth + 1)
        if left is None:
            return None
        right = node([each for each in group if bit(each[0], depth) == 1], depth + 1)
        if right is None or is_lone(left, right) or is_lone(right, left):
            return None
        return state_inner(left, right)

    root = node(placed, 0)
    return root if not rest else None


def is_lone(empty, other):
    return empty == EMPTY and (other == EMPTY or other[0] & 0x80 != 0)
