"""
A verifier of its own, written from docs/format.md, with nothing but Python's standard library: reads
all test vectors and says which ones it does not come to the same about.

    python3 test/vectors/python/verify.py [FOLDER]

The messages between nodes and what they keep (consensus-messages.json, and node.json but for the
status of section 15) are not part of the format that others need; they are left out.
"""

import json
import pathlib
import sys

import structures as s
from answers import check_fork, check_receipt, read_receipt, step, verdict_of, words_of
from checks import (
    block_hash,
    chain_of,
    check_attestation,
    check_certificate,
    check_consistency,
    check_evidence,
    check_final_header,
    check_full_genesis,
    check_genesis,
    check_inclusion,
    check_member_request,
    check_proven_state,
    check_publisher_request,
    check_signed_genesis,
    check_transaction,
    count_of_run,
    first_block_hash,
    follow_links,
    is_vote_of,
    read_block,
    read_header,
    refuse_unless,
    transaction_id,
    trust_of,
    validators_hash,
    vote_hash,
)
from codec import Refused
from ed25519 import verify_raw
from trees import (
    domain_hash,
    frontier_root,
    includes,
    is_prefix,
    merkle_root,
    sha256,
    state_root_of,
)

OWN = pathlib.Path(__file__).resolve().parent.parent
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OWN


def load(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def vector(name, of):
    found = [each for each in load(name)["vectors"] if each["name"] == of]
    return bytes.fromhex(found[0]["bytes"])


TRUST = trust_of(s.genesis.decode(vector("genesis.json", "genesis")))
# The header under which the inclusions are: that of block 2.
CARRIER = read_header(TRUST.chain, vector("blocks.json", "header of the closing block"))

# Structures that are left out.
FOREIGN = ("consensus-message", "log-record", "evidence-record", "range-")


def plain(schema, check=lambda value: None):
    return schema, lambda data: check(schema.decode(data))


def check_vote(vote):
    refuse_unless(is_vote_of(vote, TRUST.validators), "BAD_SIGNATURE")


STRUCTURES = {
    "member-request": plain(s.member_request, check_member_request),
    "publisher-request": plain(s.publisher_request, check_publisher_request),
    "genesis": plain(s.genesis, check_genesis),
    "genesis-signature": plain(s.genesis_signature),
    "signed-genesis": plain(s.signed_genesis, check_signed_genesis),
    "full-genesis": plain(s.full_genesis, check_full_genesis),
    "parameters": plain(s.parameters),
    "transaction": plain(s.transaction, check_transaction),
    "batch": plain(s.batch),
    "header": (s.header, lambda data: read_header(TRUST.chain, data)),
    "block": (s.block, lambda data: read_block(TRUST.chain, data)),
    "result": plain(s.result),
    "vote": plain(s.vote, check_vote),
    "certificate": plain(s.certificate, lambda each: check_certificate(each, TRUST.validators)),
    "evidence": plain(s.evidence, lambda each: check_evidence(each, TRUST)),
    "list-head": plain(s.list_head),
    "frontier": plain(s.frontier),
    "epoch-state": plain(s.epoch_state),
    "active-members": plain(s.active_members),
    "member-state": plain(s.member_state),
    "publisher-state": plain(s.publisher_state),
    "key-owner": plain(s.key_owner),
    "proposal": plain(s.proposal),
    "proposal-state": plain(s.proposal_state),
    "member-vote": plain(s.member_vote),
    "open-proposals": plain(s.open_proposals),
    "statement": plain(s.statement),
    "revision": plain(s.revision),
    "final-header": plain(s.final_header, lambda each: check_final_header(TRUST, each)),
    "proven-state": plain(s.proven_state, lambda each: check_proven_state(TRUST, each)),
    "validator-link": plain(s.validator_link, lambda each: follow_links(TRUST, [each])),
    "inclusion": (s.inclusion, lambda data: check_inclusion(CARRIER, data)),
    "receipt": plain(s.receipt, lambda each: check_receipt(TRUST, each)),
    "checkpoint": plain(s.checkpoint),
    "fork": plain(s.fork, check_fork),
    "peer-status": plain(s.status),
}


def code_of(act):
    try:
        act()
    except Refused as refused:
        return refused.code
    return "ok"


def hashes_of(structure, value, data):
    """What is computed from a structure, by the names that the vectors have for it."""
    if structure == "transaction":
        return {"id": transaction_id(value)}
    if structure == "header":
        return {"block": block_hash(TRUST.chain, data)}
    if structure == "block":
        return {"block": block_hash(TRUST.chain, value["header"])}
    if structure in ("vote", "certificate"):
        return {"signed": vote_hash(value)}
    if structure == "genesis":
        trust = trust_of(value)
        return {"chain": chain_of(value), "validators": trust.set_hash()}
    if structure == "full-genesis":
        genesis = value["genesis"]
        return {"chain": chain_of(genesis), "firstBlock": first_block_hash(genesis)}
    if structure == "member-request":
        return {"signed": check_member_request(value)}
    if structure == "publisher-request":
        return {"signed": check_publisher_request(value)}
    if structure == "frontier":
        return {"root": frontier_root(value["nodes"])}
    if structure == "validator-link":
        return {"validators": validators_hash(TRUST.chain, value["validators"])}
    return {}


class Tally:
    def __init__(self):
        self.checked = 0
        self.wrong = []

    def expect(self, where, found, expected):
        self.checked += 1
        if found != expected:
            self.wrong.append(f"{where}: {found} where {expected} was expected")


def check_structures(tally, file, content):
    for each in content.get("vectors", []):
        structure = each["structure"]
        if structure.startswith(FOREIGN):
            continue
        where = f"{file}: {each['name']}"
        schema, check = STRUCTURES[structure]
        data = bytes.fromhex(each["bytes"])
        tally.expect(where, code_of(lambda: check(data)), "ok")
        value = schema.decode(data)
        tally.expect(f"{where}, as JSON", schema.to_json(value), each["value"])
        tally.expect(f"{where}, written", schema.encode(value).hex(), each["bytes"])
        for name, expected in each.get("hashes", {}).items():
            computed = hashes_of(structure, value, data).get(name, b"")
            tally.expect(f"{where}, {name}", computed.hex(), expected)
    for each in content.get("invalid", []):
        structure = each["structure"]
        if structure.startswith(FOREIGN):
            continue
        _, check = STRUCTURES[structure]
        data = bytes.fromhex(each["bytes"])
        tally.expect(f"{file}: {each['name']}", code_of(lambda: check(data)), each["code"])


def unhex(values):
    return [bytes.fromhex(value) for value in values]


def check_runs(tally):
    for run in load("lists.json")["runs"]:
        counted = []

        def act():
            proven = s.proven_state.decode(bytes.fromhex(run["state"]))
            given = {**run, "items": unhex(run["items"]), "path": unhex(run["path"])}
            counted.append(count_of_run(check_proven_state(TRUST, proven), given))

        code = code_of(act)
        found = counted[0] if code == "ok" else code
        tally.expect(f"lists.json: {run['name']}", found, run.get("count", run.get("code")))


def check_steps(tally):
    for each in load("light-steps.json")["steps"]:
        reached = []

        def act():
            checkpoint = s.checkpoint.decode(bytes.fromhex(each["checkpoint"]))
            links = [s.validator_link.decode(link) for link in unhex(each["links"])]
            proof = s.final_header.decode(bytes.fromhex(each["proof"]))
            reached.append(s.checkpoint.encode(step(checkpoint, links, proof)).hex())

        code = code_of(act)
        found = reached[0] if code == "ok" else code
        tally.expect(f"light-steps.json: {each['name']}", found, each.get("next", each.get("code")))


def check_verdicts(tally):
    for facts in load("verdicts.json")["verdicts"]:
        statements = [s.statement.decode(data) for data in unhex(facts["statements"])]
        publishers = [s.publisher_state.decode(data) for data in unhex(facts["publishers"])]
        known = {publisher["id"]: publisher for publisher in publishers}
        words = words_of(statements, known, facts["active"])
        for each in facts["verdicts"]:
            given = (each.get("asked"), each.get("pinned", []), each.get("anyPublisher", False))
            expected = (each["status"], each["reason"], each["publisher"])
            where = f"verdicts.json: {facts['name']}, asked {given}"
            tally.expect(where, verdict_of(words, *given), expected)


def check_readings(tally):
    for of in load("readings.json")["receipts"]:
        receipt = s.receipt.decode(bytes.fromhex(of["receipt"]))
        for each in of["readings"]:
            given = (each.get("asked"), each.get("pinned", []), each.get("anyPublisher", False))
            found = []
            code = code_of(lambda: found.extend(read_receipt(TRUST, receipt, *given)))
            where = f"readings.json: {of['name']}, asked {given}"
            if "code" in each:
                tally.expect(where, code, each["code"])
            else:
                expected = [each["status"], each["reason"], each["publisher"]]
                tally.expect(where, found, expected)


def check_attestations(tally):
    for each in load("attestations.json")["attestations"]:
        fields = ("chain", "nonce", "hash", "nodeKey", "signature")
        word = {**each, **{field: bytes.fromhex(each[field]) for field in fields}}
        code = code_of(lambda: check_attestation(word))
        tally.expect(f"attestations.json: {each['name']}", code, each.get("code", "ok"))


def check_rfc6962(tally, given):
    leaves, roots = unhex(given["leaves"]), unhex(given["roots"])
    whole = len(leaves)
    for count, root in enumerate(roots):
        tally.expect(f"merkle.json: root of {count}", merkle_root(leaves[:count]), root)
        good = is_prefix(count, root, whole, roots[whole], unhex(given["consistency"][count]))
        tally.expect(f"merkle.json: the first {count}", good, True)
    for index, path in enumerate(given["inclusion"]):
        good = includes(roots[whole], whole, index, leaves[index], unhex(path))
        tally.expect(f"merkle.json: leaf {index}", good, True)
    for each in given["invalid"]["inclusion"]:
        leaf, path = leaves[each["leaf"]], unhex(each["path"])
        good = includes(roots[whole], whole, each["index"], leaf, path)
        tally.expect(f"merkle.json: no path {each}", good, False)
    for each in given["invalid"]["consistency"]:
        older = each["older"]
        root = roots[older] if older < len(roots) else roots[whole]
        proof = (older, root, whole, roots[whole], unhex(each["path"]))
        code = code_of(lambda: check_consistency(*proof))
        tally.expect(f"merkle.json: no prefix {each}", code, "PROOF_HISTORY")


def from_json(entry, values):
    """An entry of a state proof from its JSON form."""
    end = entry["end"] and {name: bytes.fromhex(of[2:]) for name, of in entry["end"].items()}
    value = None if entry["value"] is None else values[entry["key"]]
    return {**entry, "value": value, "end": end}


def check_state_tree(tally, given):
    values = {each["key"]: bytes.fromhex(each["value"]) for each in given["entries"]}
    for each in given["entries"]:
        computed = sha256(each["key"].encode("utf-8")).hex()
        tally.expect(f"merkle.json: path of {each['key']}", computed, each["keyHash"])
    root = bytes.fromhex(given["treeRoot"])
    computed = domain_hash("ztc/state/v1", bytes.fromhex(given["chain"]), root).hex()
    tally.expect("merkle.json: the state root", computed, given["stateRoot"])
    for proof in given["proofs"]:
        entries = [from_json(entry, values) for entry in proof["entries"]]
        siblings = [bytes.fromhex(sibling[2:]) for sibling in proof["siblings"]]
        names = [entry["key"] for entry in entries]
        tally.expect(f"merkle.json: proof of {names}", state_root_of(entries, siblings), root)


def check_signatures(tally):
    taming = load("ed25519-taming.json")["vectors"]
    rfc = load("ed25519-rfc8032.json")["vectors"]
    for each in [*taming, *rfc]:
        parts = [bytes.fromhex(each[part]) for part in ("signature", "message", "key")]
        expected = each.get("zip215", True)
        tally.expect(f"ed25519: {each}", verify_raw(*parts), expected)


def main():
    tally = Tally()
    for file in sorted(path.name for path in FOLDER.glob("*.json")):
        check_structures(tally, file, {} if file.startswith("ed25519") else load(file))
    check_runs(tally)
    check_steps(tally)
    check_verdicts(tally)
    check_readings(tally)
    check_attestations(tally)
    merkle = load("merkle.json")
    check_rfc6962(tally, merkle["rfc6962"])
    check_state_tree(tally, merkle["state"])
    check_signatures(tally)
    for wrong in tally.wrong:
        print(wrong)
    print(f"{tally.checked} checked, {len(tally.wrong)} wrong")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
