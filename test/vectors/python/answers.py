"""Answers from proven state (docs/format.md, section 10): verdicts, receipts, steps, forks."""

import structures as s
from checks import (
    Trust,
    certified_bytes,
    check_final_header,
    check_inclusion,
    check_proven_state,
    follow_links,
    proof_header,
    read_value,
    refuse_unless,
    block_hash,
    count_of_run,
)
from codec import Refused
from trees import domain_hash

STATUS = {1: "TRUSTED", 2: "UNTRUSTED", 3: "UNSUPPORTED"}
SEVERITY = {1: 1, 3: 2, 2: 3}


def level_of(publisher, active, at):
    def is_vouched(member):
        return any(
            vouch["member"] == member
            and vouch["from"] <= at
            and (vouch["until"] is None or at < vouch["until"])
            for vouch in publisher["vouches"]
        )

    return sum(1 for member in active if is_vouched(member))


def invalidity(statement, publisher):
    """Why the statement does not count; None where it does."""
    keys = [key for key in publisher["keys"] if key["key"] == statement["key"]]
    if not keys:
        return "KEY_INVALID"
    key, at = keys[0], statement["time"]
    if key["compromisedSince"] is not None and at >= key["compromisedSince"]:
        return "KEY_COMPROMISED"
    is_late = key["validUntil"] is not None and at > key["validUntil"]
    return "KEY_INVALID" if at < key["validFrom"] or is_late else None


def words_of(statements, publishers, active):
    """Of each publisher, in order of first statement: its word, with the statement behind it."""
    words = []
    for id_ in dict.fromkeys(statement["publisher"] for statement in statements):
        publisher = publishers[id_]
        own = [statement for statement in statements if statement["publisher"] == id_]
        valid = [statement for statement in own if invalidity(statement, publisher) is None]
        deciding = valid[-1] if valid else own[-1]
        words.append(
            {
                "publisher": id_,
                "status": deciding["statement"]["status"] if valid else 2,
                "reason": None if valid else invalidity(deciding, publisher),
                "level": level_of(publisher, active, deciding["time"]),
                "statement": deciding,
            }
        )
    return words


def most_severe(words):
    return max(words, key=lambda word: SEVERITY[word["status"]])


def verdict_of(words, asked=None, pinned=(), any_publisher=False):
    """Status, reason and whose word decided."""
    if not words:
        return "UNKNOWN", None, None

    def decided(word, reason=None):
        return STATUS[word["status"]], reason or word["reason"], word["publisher"]

    if asked is not None:
        own = [word for word in words if word["publisher"] == asked]
        return decided(own[0]) if own else ("UNKNOWN", "PUBLISHER_MISMATCH", None)
    trusted = [word for word in words if word["publisher"] in pinned]
    if trusted and (not any_publisher or most_severe(trusted)["status"] == 2):
        return decided(most_severe(trusted))
    highest = max(word["level"] for word in words)
    word = most_severe([word for word in words if word["level"] == highest])
    if any_publisher or word["status"] != 1:
        return decided(word)
    return decided(word, "PUBLISHER_NOT_PINNED")


def read_asset(view, asset, leaves):
    """All statements on the asset, the publishers by id, and the active members."""
    key = "asset/sha256:" + asset[1:].hex()
    count_of_run(view, {"key": key, "from": 0, "items": leaves, "path": []})
    head = view.read(key, s.list_head)
    whole = 0 if head is None else head["count"]
    refuse_unless(len(leaves) == whole, "PROOF_LIST")
    statements, publishers = [], {}
    for leaf in leaves:
        statement = read_value(s.statement, leaf)
        refuse_unless(statement["statement"]["asset"] == asset, "PROOF_VALUE")
        statements.append(statement)
        id_ = statement["publisher"]
        if id_ in publishers:
            continue
        publisher = view.read(f"publisher/{id_}", s.publisher_state)
        refuse_unless(publisher is not None and publisher["id"] == id_, "PROOF_VALUE")
        view.read("chain/members", s.active_members)
        if has_domain(publisher):
            refuse_unless(view.read("chain/parameters", s.parameters) is not None, "PROOF_VALUE")
        publishers[id_] = publisher
    active = view.read("chain/members", s.active_members) if leaves else []
    attested = ["chain/parameters"] if any(map(has_domain, publishers.values())) else []
    own = [f"publisher/{id_}" for id_ in publishers]
    needed = ["chain/members", *attested, *own] if leaves else []
    return statements, publishers, active, [key, *needed]


def read_word(view, asset, id_, acts):
    """What one publisher says about the asset, by its leaf or its own acts."""
    of = "asset/sha256:" + asset[1:].hex()
    leaf = f"{of}/{id_}"
    current = view.read(leaf, s.statement)
    if current is None:
        refuse_unless(acts is None, "PROOF_LIST")
        view.read(of, s.list_head)
        return [], {}, [], [leaf, of]
    good = (current["publisher"], current["statement"]["asset"]) == (id_, asset)
    refuse_unless(good, "PROOF_VALUE")
    publisher = view.read(f"publisher/{id_}", s.publisher_state)
    refuse_unless(publisher is not None and publisher["id"] == id_, "PROOF_VALUE")
    active = view.read("chain/members", s.active_members)
    attested = ["chain/parameters"] if has_domain(publisher) else []
    for key in attested:
        refuse_unless(view.read(key, s.parameters) is not None, "PROOF_VALUE")
    needed = [leaf, "chain/members", *attested, f"publisher/{id_}"]
    if invalidity(current, publisher) is None:
        refuse_unless(acts is None, "PROOF_LIST")
        return [current], {id_: publisher}, active, needed
    refuse_unless(acts is not None, "PROOF_INCOMPLETE")
    key = f"publisher-acts/{id_}"
    count_of_run(view, {"key": key, **acts})
    said = [read_value(s.statement, item) for item in acts["items"]]
    refuse_unless(said != [] and said[-1] == current, "PROOF_LIST")
    refuse_unless(all(each["publisher"] == id_ for each in said), "PROOF_VALUE")
    own = [each for each in said if each["statement"]["asset"] == asset]
    valid = [each for each in own if invalidity(each, publisher) is None]
    begins = valid == said[:1] if valid else acts["from"] == 0
    refuse_unless(begins, "PROOF_LIST")
    return own, {id_: publisher}, active, [*needed, key]


def has_domain(publisher):
    """Then the parameters decide, too: how many members have to attest."""
    return any(binding["kind"] == 3 for binding in publisher["bindings"])


def read_record(view, namespace, key):
    at = f"record/{namespace}/{key}"
    revision = view.read(at, s.revision)
    if revision is not None:
        good = (revision["namespace"], revision["key"]) == (namespace, key)
        refuse_unless(good, "PROOF_VALUE")
    return revision, [at]


def known_at(known, header):
    """The newest known set whose first epoch is not after the header's."""
    return [trust for trust in known if trust.epoch <= header["epoch"]][-1:] or known[:1]


def part(schema, data):
    try:
        return schema.decode(data)
    except Refused as refused:
        raise Refused("RECEIPT_FILE", str(refused)) from refused


def check_receipt(trust, receipt):
    refuse_unless(receipt["chain"] == trust.chain, "PROOF_CHAIN")
    links = [part(s.validator_link, data) for data in receipt["links"]]
    while links and is_behind(trust, links[0]):
        links.pop(0)
    known = follow_links(trust, links)
    proven = part(s.proven_state, receipt["state"])
    view = check_proven_state(known[-1], proven)
    subject = receipt["subject"]
    if subject["kind"] in (1, 3):
        found = (
            read_asset(view, subject["asset"], subject["statements"])
            if subject["kind"] == 1
            else read_word(view, subject["asset"], subject["publisher"], subject["acts"])
        )
        statements, publishers, active, needed = found
        words = words_of(statements, publishers, active)
        effects = [effect_of_statement(word["statement"]) for word in words]
    else:
        revision, needed = read_record(view, subject["namespace"], subject["key"])
        statements, words = [], []
        effects = [] if revision is None else [effect_of_revision(revision)]
    shown = [entry["key"] for entry in proven["entries"]]
    refuse_unless(shown == needed, "RECEIPT_ENTRIES")
    check_transactions(view.header, receipt["transactions"], effects)
    check_openings(trust.chain, statements, receipt["openings"])
    return words


def read_receipt(trust, receipt, asked=None, pinned=(), any_publisher=False):
    """What a receipt about an asset answers; one publisher's word alone may not answer this."""
    words = check_receipt(trust, receipt)
    subject = receipt["subject"]
    if subject["kind"] == 3:
        whose = subject["publisher"]
        is_only = set(pinned) == {whose} and words != [] and not any_publisher
        alone = is_only if asked is None else asked == whose
        refuse_unless(alone, "RECEIPT_PUBLISHER")
        if words == [] and others_said(trust, receipt):
            return "UNKNOWN", "PUBLISHER_MISMATCH", None
    return verdict_of(words, asked, pinned, any_publisher)


def others_said(trust, receipt):
    """Whether the list of the asset has an item, where its publisher said nothing."""
    proven = s.proven_state.decode(receipt["state"])
    key = "asset/sha256:" + receipt["subject"]["asset"][1:].hex()
    values = {entry["key"]: entry["value"] for entry in proven["entries"]}
    head = values.get(key)
    return head is not None and s.list_head.decode(head)["count"] > 0


def check_openings(chain, statements, openings):
    opened = set()
    for each in openings:
        refuse_unless(each["statement"] < len(statements), "RECEIPT_OPENING")
        said = statements[each["statement"]]
        whose = (said["publisher"], said["statement"]["commitment"])
        words = {"publisher": said["publisher"], "asset": said["statement"]["asset"]}
        body = s.committed_words.encode({"version": 1, **words, "opening": each["opening"]})
        is_it = whose[1] == domain_hash("ztc/private-words/v1", chain, body)
        refuse_unless(is_it and whose not in opened, "RECEIPT_OPENING")
        opened.add(whose)


def is_behind(trust, link):
    try:
        return proof_header(trust.chain, link["header"])["epoch"] < trust.epoch
    except Refused:
        return False


def effect_of_statement(statement):
    said = {"op": 1, **statement["statement"]}
    return {
        "made": statement,
        "sender": statement["publisher"],
        "signer": statement["key"],
        "is_by": lambda operation: operation == said,
    }


def effect_of_revision(revision):
    fields = ("namespace", "key", "value")
    return {
        "made": revision,
        "sender": revision["namespace"].split("/")[0],
        "signer": None,
        "is_by": lambda operation: operation["op"] == 2
        and all(operation[field] == revision[field] for field in fields),
    }


def check_transactions(final, parts, effects):
    wanted = list(dict.fromkeys(effect["made"]["transaction"] for effect in effects))
    refuse_unless(len(parts) == len(wanted), "RECEIPT_TRANSACTIONS")
    for data, id_ in zip(parts, wanted):
        shown, transaction, own_id, header = check_inclusion(final, data)
        refuse_unless(own_id == id_, "RECEIPT_TRANSACTIONS")
        for effect in effects:
            made = effect["made"]
            if made["transaction"] != id_:
                continue
            operations, position = transaction["operations"], made["operation"]
            signers = [each["key"] for each in transaction["signatures"]]
            good = (
                shown["code"] == ""
                and transaction["sender"] == effect["sender"]
                and (header["height"], header["time"]) == (made["height"], made["time"])
                and position < len(operations)
                and effect["is_by"](operations[position])
                and (effect["signer"] is None or signers[:1] == [effect["signer"]])
            )
            refuse_unless(good, "RECEIPT_TRANSACTIONS")


# The light client.


def check_side(trust, links, proof):
    """The header that is shown, and the set under which the certified one was proven."""
    known = follow_links(trust, links)
    header = proof_header(trust.chain, certified_bytes(proof))
    [under] = known_at(known, header)
    shown, _ = check_final_header(under, proof)
    return shown, under


def step(checkpoint, links, proof):
    """The next checkpoint."""
    trust = Trust(checkpoint["chain"], checkpoint["epoch"], checkpoint["validators"])
    shown, under = check_side(trust, links, proof)
    own = proof_header(trust.chain, checkpoint["header"])
    refuse_unless(shown["height"] == own["height"], "LIGHT_HEIGHT")
    if proof["header"] != checkpoint["header"]:
        refuse_unless(checkpoint["certificate"] is not None, "LIGHT_HEIGHT")
        raise Refused("FORK")
    headers = [certified_bytes(proof), *proof["finality"]["headers"]]
    return {
        "version": 1,
        "chain": trust.chain,
        "epoch": under.epoch,
        "validators": under.validators,
        "header": headers[-1],
        "certificate": proof["finality"]["certificate"],
    }


def check_fork(fork):
    trust = Trust(fork["chain"], fork["epoch"], fork["validators"])
    shown = []
    for side in fork["sides"]:
        header, _ = check_side(trust, side["links"], side["proof"])
        shown.append((header["height"], block_hash(trust.chain, side["proof"]["header"])))
    refuse_unless(len(shown) == 2, "LIGHT_HEIGHT")
    (one, one_hash), (two, two_hash) = shown
    refuse_unless(one == two and one_hash != two_hash, "LIGHT_HEIGHT")
