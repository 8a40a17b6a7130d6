"""What docs/format.md checks beyond the form: signatures, finality, proofs, receipts, verdicts."""

import structures as s
from codec import Refused
from ed25519 import verify
from trees import (
    climb,
    domain_hash,
    includes,
    is_prefix,
    is_run,
    leaf_hash,
    merkle_root,
    state_root_of,
)


def refuse_unless(good, code, why=""):
    if not good:
        raise Refused(code, why)


def without(schema_bytes, fields):
    """The tuple of the first fields, from the bytes of each."""
    return bytes([0x90 + len(fields)]) + b"".join(schema_bytes[field] for field in fields)


class Trust:
    """What a reader knows: the chain, a validator set, and the first epoch of that."""

    def __init__(self, chain, epoch, validators):
        self.chain = chain
        self.epoch = epoch
        self.validators = validators

    def set_hash(self):
        return validators_hash(self.chain, self.validators)


def validators_hash(chain, validators):
    return domain_hash("ztc/validators/v1", chain, s.validator_set.encode(validators))


def chain_of(genesis):
    return domain_hash("ztc/genesis/v1", b"", s.genesis.encode(genesis))


def trust_of(genesis):
    validators = [
        {"member": member["id"], "key": member["validatorKey"]}
        for member in genesis["members"]
        if member["role"] == 1
    ]
    before = genesis["predecessor"]
    return Trust(chain_of(genesis), 1 if before is None else before["epoch"], validators)


# Section 9.


def keys_of(member):
    keys = [member["memberKey"], member["validatorKey"], member["nodeKey"]]
    return [key for key in keys if key is not None]


def check_genesis(genesis):
    members, publishers = genesis["members"], genesis["publishers"]
    keys = [key for member in members for key in keys_of(member)]
    keys += [key for publisher in publishers for key in publisher["keys"]]
    values = genesis["parameters"]
    percents = [value for name, value in values.items() if name.endswith("Percent")]
    good = (
        any(member["role"] == 1 for member in members)
        and len(set(keys)) == len(keys)
        and values["epochBlocksMax"] >= 2
        and values["minBlockIntervalMs"] <= values["viewTimeoutMs"] <= values["viewTimeoutMaxMs"]
        and all(50 <= percent <= 100 for percent in percents)
    )
    refuse_unless(good, "GENESIS_INVALID")
    refuse_unless(50 <= genesis["recoveryVotesPercent"] <= 100, "GENESIS_INVALID")
    before = genesis["predecessor"]
    if before is not None:
        last = last_header(before)
        good = (
            last["height"] > 0
            and genesis["time"] >= last["time"]
            and before["epoch"] > last["epoch"]
            and not publishers
        )
        refuse_unless(good, "GENESIS_INVALID")


def last_header(predecessor):
    try:
        header = s.header.decode(predecessor["header"])
    except Refused as refused:
        raise Refused("GENESIS_INVALID", str(refused)) from refused
    refuse_unless(header["chain"] == predecessor["chain"], "GENESIS_INVALID")
    return header


def first_block_hash(genesis):
    """Of block 0, or of the first block above the chain before."""
    trust, before = trust_of(genesis), genesis["predecessor"]
    nothing = merkle_root([])
    header = {
        "version": 1,
        "chain": trust.chain,
        "epoch": trust.epoch,
        "height": 0,
        "view": 0,
        "parent": bytes(32),
        "time": genesis["time"],
        "proposer": None,
        "txRoot": nothing,
        "stateRoot": domain_hash("ztc/state/v1", trust.chain, bytes(32)),
        "resultRoot": nothing,
        "historyRoot": nothing,
        "validators": trust.set_hash(),
        "nextValidators": trust.set_hash(),
    }
    if before is not None:
        header["height"] = last_header(before)["height"] + 1
        header["parent"] = block_hash(before["chain"], before["header"])
        header["stateRoot"] = domain_hash("ztc/state/v1", trust.chain, before["treeRoot"])
        header["resultRoot"] = before["resultRoot"]
        header["historyRoot"] = before["historyRoot"]
    return block_hash(trust.chain, s.header.encode(header))


def check_full_genesis(full):
    """The signatures of a genesis, and of a successor all that it goes on from."""
    genesis, ancestors = full["genesis"], full["ancestors"]
    check_genesis(genesis)
    named = genesis["predecessor"]
    if named is None:
        refuse_unless(not ancestors, "SUCCESSOR_CHAIN")
        check_vouches(full, genesis["members"], len(genesis["members"]))
        return
    refuse_unless(ancestors, "SUCCESSOR_CHAIN")
    before, links = ancestors[-1]["signed"], ancestors[-1]["links"]
    refuse_unless(chain_of(before["genesis"]) == named["chain"], "SUCCESSOR_CHAIN")
    try:
        check_full_genesis({**before, "ancestors": ancestors[:-1]})
    except Refused as refused:
        raise Refused("SUCCESSOR_CHAIN", str(refused)) from refused
    try:
        known = follow_links(trust_of(before["genesis"]), links)
        trust = [each for each in known if each.epoch <= last_header(named)["epoch"]][-1]
        finality = {"certificate": named["certificate"], "headers": []}
        check_finality(trust, named["header"], finality)
    except Refused as refused:
        raise Refused("SUCCESSOR_FINALITY", str(refused)) from refused
    members = before["genesis"]["members"]
    percent = before["genesis"]["recoveryVotesPercent"]
    check_vouches(full, members, min(len(members), len(members) * percent // 100 + 1))


def check_signed_genesis(signed):
    check_full_genesis({**signed, "ancestors": []})


def check_vouches(signed, listed, needed):
    """By so many of these members at least, and by nobody else."""
    chain = chain_of(signed["genesis"])
    members = {member["id"]: member["memberKey"] for member in listed}
    signers = [each["member"] for each in signed["signatures"]]
    refuse_unless(set(signers) <= set(members), "GENESIS_SIGNATURE", "a stranger's")
    for each in signed["signatures"]:
        body = b"\x92\x01" + s.id_.encode(each["member"])
        message = domain_hash("ztc/genesis-vouch/v1", chain, body)
        good = verify(each["signature"], message, members[each["member"]])
        refuse_unless(good, "GENESIS_SIGNATURE")
    refuse_unless(len(signers) >= needed, "GENESIS_UNSIGNED")


def check_request(request, kind, schema, keys):
    body = b"\x93\x01" + s.time.encode(request["created"]) + schema.encode(request[kind])
    message = domain_hash(f"ztc/{kind}-request/v1", b"", body)
    signers = [each["key"] for each in request["signatures"]]
    refuse_unless(signers == sorted(keys), "REQUEST_SIGNATURE", "not by exactly its keys")
    for each in request["signatures"]:
        refuse_unless(verify(each["signature"], message, each["key"]), "REQUEST_SIGNATURE")
    return message


def check_member_request(request):
    return check_request(request, "member", s.member, keys_of(request["member"]))


def check_publisher_request(request):
    keys = request["publisher"]["keys"]
    return check_request(request, "publisher", s.genesis_publisher, keys)


# Sections 4 to 6.


def transaction_id(transaction):
    body = s.unsigned_transaction.encode(transaction)
    return domain_hash("ztc/tx/v1", transaction["chain"], body)


def is_signed(transaction):
    message = transaction_id(transaction)
    pairs = transaction["signatures"]
    return all(verify(each["signature"], message, each["key"]) for each in pairs)


def check_transaction(transaction):
    refuse_unless(is_signed(transaction), "BAD_SIGNATURE")


def block_hash(chain, header):
    return domain_hash("ztc/block/v1", chain, header)


def read_header(chain, data):
    header = s.header.decode(data)
    refuse_unless(header["chain"] == chain, "BLOCK_CHAIN")
    return header


def read_block(chain, data):
    block = s.block.decode(data)
    header = read_header(chain, block["header"])
    good = merkle_root(block["transactions"]) == header["txRoot"]
    refuse_unless(good, "BLOCK_TX_ROOT")
    return block


def vote_hash(vote):
    return domain_hash("ztc/vote/v1", vote["chain"], s.subject.encode(vote))


def is_vote_of(vote, validators):
    position = vote["validator"]
    if position >= len(validators):
        return False
    return verify(vote["signature"], vote_hash(vote), validators[position]["key"])


def check_certificate(certificate, validators):
    count = len(validators)
    quorum = count - (count - 1) // 3
    refuse_unless(len(certificate["signatures"]) >= quorum, "CERTIFICATE_QUORUM")
    message = vote_hash(certificate)
    for each in certificate["signatures"]:
        refuse_unless(each["validator"] < count, "CERTIFICATE_SIGNER")
        good = verify(each["signature"], message, validators[each["validator"]]["key"])
        refuse_unless(good, "CERTIFICATE_SIGNATURE")


def check_evidence(evidence, trust):
    kind, first, second = evidence["kind"], evidence["first"], evidence["second"]
    both = (first, second)
    refuse_unless(all(vote["chain"] == trust.chain for vote in both), "EVIDENCE_CHAIN")
    kinds = {1: (1, 1), 2: (3, 3), 3: (2, 3)}[kind]
    good = (
        (first["kind"], second["kind"]) == kinds
        and all(first[field] == second[field] for field in ("validator", "epoch", "view"))
        and (kind == 3 or first["block"] < second["block"])
    )
    refuse_unless(good, "EVIDENCE_PAIR")
    refuse_unless(first["validator"] < len(trust.validators), "EVIDENCE_SIGNER")
    good = all(is_vote_of(vote, trust.validators) for vote in both)
    refuse_unless(good, "EVIDENCE_SIGNATURE")


# Section 10: finality.


def proof_header(chain, data):
    try:
        return read_header(chain, data)
    except Refused as refused:
        code = "PROOF_CHAIN" if refused.code == "BLOCK_CHAIN" else "PROOF_HEADER"
        raise Refused(code, str(refused)) from refused


def check_finality(trust, data, finality):
    """Checks 1 and 2. Gives the header, and the certified one."""
    known = trust.set_hash()
    headers = []
    for part in [data, *finality["headers"]]:
        header = proof_header(trust.chain, part)
        is_known = header["epoch"] >= trust.epoch and header["validators"] == known
        refuse_unless(is_known, "PROOF_EPOCH")
        if headers:
            before, before_bytes = headers[-1]
            is_child = (
                header["height"] == before["height"] + 1
                and header["parent"] == block_hash(trust.chain, before_bytes)
            )
            refuse_unless(is_child, "PROOF_LINK")
            refuse_unless(header["epoch"] == before["epoch"], "PROOF_EPOCH")
        headers.append((header, part))
    last, last_bytes = headers[-1]
    certificate = finality["certificate"]
    refuse_unless(certificate["chain"] == trust.chain, "PROOF_CHAIN")
    refuse_unless(certificate["epoch"] == last["epoch"], "PROOF_EPOCH")
    is_of_it = (
        certificate["view"] >= last["view"]
        and certificate["kind"] == 3
        and certificate["block"] == block_hash(trust.chain, last_bytes)
    )
    refuse_unless(is_of_it, "PROOF_FINALITY")
    try:
        check_certificate(certificate, trust.validators)
    except Refused as refused:
        is_bad = refused.code == "CERTIFICATE_SIGNATURE"
        raise Refused("PROOF_SIGNATURE" if is_bad else "PROOF_QUORUM") from refused
    return headers[0][0], last


def any_header(data):
    """Of this chain or of one before: its place under a final header tells whether it counts."""
    try:
        return s.header.decode(data)
    except Refused as refused:
        raise Refused("PROOF_HEADER", str(refused)) from refused


def header_in_history(newer, data, path):
    header = any_header(data)
    leaf = block_hash(header["chain"], data)
    good = includes(newer["historyRoot"], newer["height"], header["height"], leaf, path)
    refuse_unless(good, "PROOF_HISTORY")
    return header


def certified_bytes(proof):
    return proof["header"] if proof["history"] is None else proof["history"]["header"]


def check_final_header(trust, proof):
    header, certified = check_finality(trust, certified_bytes(proof), proof["finality"])
    if proof["history"] is None:
        return header, certified
    older = header_in_history(header, proof["header"], proof["history"]["path"])
    return older, certified


class View:
    """State that was proven: values by key, and the header that carries it."""

    def __init__(self, header, entries):
        self.header = header
        self.values = {entry["key"]: entry["value"] for entry in entries}

    def read(self, key, schema):
        refuse_unless(key in self.values, "PROOF_INCOMPLETE", key)
        value = self.values[key]
        return None if value is None else read_value(schema, value)


def read_value(schema, data):
    try:
        return schema.decode(data)
    except Refused as refused:
        raise Refused("PROOF_VALUE", str(refused)) from refused


def check_proven_state(trust, proven):
    header, _ = check_final_header(trust, proven)
    refuse_unless(header["height"] >= 1, "PROOF_HEADER")
    root = state_root_of(proven["entries"], proven["siblings"])
    refuse_unless(root is not None, "PROOF_ENTRY")
    good = domain_hash("ztc/state/v1", header["chain"], root) == header["stateRoot"]
    refuse_unless(good, "PROOF_STATE_ROOT")
    return View(header, proven["entries"])


def follow_link(trust, link):
    finality = {"certificate": link["certificate"], "headers": []}
    header, _ = check_finality(trust, link["header"], finality)
    is_boundary = header["nextValidators"] != header["validators"]
    refuse_unless(is_boundary, "PROOF_BOUNDARY")
    good = header["nextValidators"] == validators_hash(trust.chain, link["validators"])
    refuse_unless(good, "PROOF_VALIDATORS")
    return Trust(trust.chain, header["epoch"] + 1, link["validators"])


def follow_links(trust, links):
    """All sets from the known one on."""
    known = [trust]
    for link in links:
        known.append(follow_link(known[-1], link))
    return known


def check_inclusion(final, data):
    """Under a header that is final. Gives the inclusion, the transaction, its id and its header."""
    try:
        shown = s.inclusion.decode(data)
    except Refused as refused:
        raise Refused("PROOF_INCLUSION", str(refused)) from refused
    header = any_header(shown["header"])
    chain = header["chain"]
    above = final
    if shown["next"] is not None:
        above = header_in_history(final, shown["next"]["header"], shown["next"]["path"])
    is_child = (
        above["height"] == header["height"] + 1
        and above["parent"] == block_hash(chain, shown["header"])
    )
    refuse_unless(is_child, "PROOF_LINK")
    try:
        transaction = s.transaction.decode(shown["transaction"])
    except Refused as refused:
        raise Refused("PROOF_TRANSACTION", str(refused)) from refused
    id_ = transaction_id(transaction)
    outcome = s.result.encode({"transaction": id_, "code": shown["code"]})
    roots = (
        climb(leaf_hash(shown["transaction"]), shown["sides"], shown["path"]),
        climb(leaf_hash(outcome), shown["sides"], shown["resultPath"]),
    )
    good = roots == (header["txRoot"], above["resultRoot"])
    refuse_unless(good, "PROOF_INCLUSION")
    good = transaction["chain"] == chain and is_signed(transaction)
    refuse_unless(good, "PROOF_TRANSACTION")
    return shown, transaction, id_, header


def count_of_run(view, run):
    """How many items the list has that a run is part of."""
    head = view.read(run["key"], s.list_head)
    count = 0 if head is None else head["count"]
    start, leaves, path = run["from"], run["items"], run["path"]
    if head is None or not leaves:
        good = not leaves and start >= count and not path
    else:
        good = is_run(head["root"], count, start, leaves, path)
    refuse_unless(good, "PROOF_LIST")
    return count


def check_consistency(older, older_root, newer, newer_root, path):
    refuse_unless(is_prefix(older, older_root, newer, newer_root, path), "PROOF_HISTORY")


def check_attestation(word):
    body = b"\x94\x01" + s.hash_.encode(word["nonce"]) + s.height.encode(word["height"])
    body += s.hash_.encode(word["hash"])
    message = domain_hash("ztc/attestation/v1", word["chain"], body)
    good = verify(word["signature"], message, word["nodeKey"])
    refuse_unless(good, "PROOF_ATTESTATION")
