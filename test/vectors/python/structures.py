"""Every structure of docs/format.md, sections 2 to 10 and 15, as a schema."""

from codec import (
    algorithm,
    base64url,
    binary,
    boolean,
    items,
    nullable,
    one_of,
    structure,
    tagged,
    text,
    uint,
)

CONTROL = "\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"


def hexadecimal(data):
    return "0x" + data.hex()


hash_ = binary(32, 32, hexadecimal)
salt = binary(16, 16, hexadecimal)
key = algorithm(32, lambda data: "ed25519:" + base64url(data[1:]))
signature = algorithm(64, base64url)
asset = algorithm(32, lambda data: "sha256:" + data[1:].hex())
id_ = text(40, "[a-z0-9-]{2,40}")
name = text(96, f"[^{CONTROL}]+")
kind = text(32, "[a-z0-9-]{1,32}")
time = height = uint()
namespace = text(105, "[a-z0-9-]{2,40}/[a-z0-9][a-z0-9._-]{0,63}")
record_key = text(256, "[^\u0000-\u001f\u007f]+")
signed_by = structure(key=key, signature=signature)


def by(field):
    return lambda value: value[field]


# Sections 4 and 9: what members and publishers ask for and do.

member_fields = {
    "id": id_,
    "name": name,
    "memberKey": key,
    "role": one_of(1, 2),
    "validatorKey": nullable(key),
    "nodeKey": key,
    "announce": items(text(256), 8),
}
member = structure(
    None,
    lambda value: (value["role"] == 1) == (value["validatorKey"] is not None),
    **member_fields,
)
genesis_publisher = structure(id=id_, name=name, keys=items(key, 16, 1))
member_request = structure(
    1, created=time, member=member, signatures=items(signed_by, 3, ascending=by("key"))
)
publisher_request = structure(
    1, created=time, publisher=genesis_publisher, signatures=items(signed_by, 16, ascending=by("key"))
)
scope = structure(names=items(text(64), 4), kinds=items(kind, 4))
action = tagged(
    "action",
    {
        1: {"request": member_request},
        2: {"id": id_},
        3: {"id": id_},
        4: {"id": id_},
        5: {
            "changes": items(
                structure(name=text(40), value=uint()), 64, 1, ascending=lambda each: each["name"]
            )
        },
        6: {"version": uint()},
        7: {"publisher": id_, "key": key, "since": time},
        8: {"request": publisher_request},
    },
)
foreign = binary(16_384, 1)
domain = text(253, r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
key_claim = {"key": foreign, "proof": foreign}
link = text(
    256,
    r"https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
    r"(:[0-9]{1,5})?(/[!-~]*)?",
)
claim = tagged("kind", {1: key_claim, 2: key_claim, 3: {"domain": domain}, 4: {"link": link}})
attribute = structure(key=text(64, "[A-Za-z0-9._-]{1,64}"), value=text(1024))
statement_body = {
    "asset": asset,
    "status": one_of(1, 2, 3),
    "name": text(255),
    "version": text(64),
    "kind": kind,
    "size": nullable(uint()),
    "attributes": items(attribute, 32, ascending=by("key")),
    "reason": text(512),
    "commitment": nullable(hash_),
    "detached": nullable(structure(scheme=one_of(1, 2), signature=foreign)),
}
opening = structure(
    salt=hash_,
    **{field: statement_body[field] for field in ("name", "version", "size", "attributes")},
)
committed_words = structure(1, publisher=id_, asset=asset, opening=opening)
actions = items(action, 32, 1)
operation = tagged(
    "op",
    {
        1: statement_body,
        2: {
            "namespace": namespace,
            "key": record_key,
            "value": binary(65_536),
            "ifRevision": nullable(uint()),
        },
        3: {"actions": actions, "reason": text(1024)},
        4: {"proposal": uint(), "transaction": hash_, "approve": boolean()},
        5: {},
        6: {"proposal": uint()},
        7: {"proposal": uint()},
        8: {"request": publisher_request},
        9: {"publisher": id_, "until": nullable(time)},
        10: {"publisher": id_},
        11: {
            "key": key,
            "label": text(64),
            "validFrom": nullable(time),
            "validUntil": nullable(time),
            "scope": scope,
            "proof": signature,
        },
        12: {"key": key},
        13: {"key": key, "since": time},
        14: {"approvals": nullable(uint(1, 16)), "recovery": nullable(hash_)},
        15: {"claim": claim},
        16: {"binding": hash_},
        17: {"publisher": id_, "domain": domain, "until": time},
        18: {"publisher": id_, "domain": domain},
    },
)
transaction_body = {
    "chain": hash_,
    "sender": text(50, "(recovery:|member:|validator:)?[a-z0-9-]{2,40}"),
    "salt": salt,
    "validUntil": time,
    "operations": items(operation, 10_000),
}
transaction = structure(
    1, **transaction_body, signatures=items(signed_by, 128, ascending=by("key"))
)
unsigned_transaction = structure(1, **transaction_body)
batch = structure(1, chain=hash_, transactions=items(binary(2**32), 2048))

# Section 5.

header = structure(
    1,
    chain=hash_,
    epoch=uint(),
    height=height,
    view=uint(),
    parent=hash_,
    time=time,
    proposer=nullable(id_),
    txRoot=hash_,
    stateRoot=hash_,
    resultRoot=hash_,
    historyRoot=hash_,
    validators=hash_,
    nextValidators=hash_,
)
header_bytes = binary(1024)
block = structure(header=header_bytes, transactions=items(binary(2**32), 2**32))
result = structure(transaction=hash_, code=text(64))
validator_set = items(structure(member=id_, key=key), 128, ascending=by("member"))

# Section 6.

subject_fields = {
    "kind": one_of(1, 2, 3),
    "chain": hash_,
    "epoch": uint(),
    "view": uint(),
    "block": nullable(hash_),
}


def fits_kind(value):
    return (value["kind"] == 2) == (value["block"] is None)


subject = structure(1, **subject_fields)
vote = structure(1, fits_kind, **subject_fields, validator=uint(), signature=signature)
certificate = structure(
    1,
    fits_kind,
    **subject_fields,
    signatures=items(
        structure(validator=uint(), signature=signature), 128, ascending=by("validator")
    ),
)
evidence = structure(1, kind=one_of(1, 2, 3), first=vote, second=vote)

# Sections 7 and 8.

list_head = structure(count=uint(), root=hash_)
frontier = structure(
    None,
    lambda value: value["count"].bit_count() == len(value["nodes"]),
    count=uint(),
    nodes=items(hash_, 53),
)
end = structure(keyHash=hash_, valueHash=hash_)
entry = structure(
    key=text(384), value=nullable(binary(196_608)), depth=uint(), end=nullable(end)
)
parameters = structure(
    **{
        parameter: uint()
        for parameter in (
            "protocolVersion heartbeatMs minBlockIntervalMs viewTimeoutMs viewTimeoutMaxMs "
            "maxValidityMs transactionBytesMax transactionOperationsMax blockBytesMax "
            "blockOperationsMax epochBlocksMax evidenceWindowMs proposalValidityMs "
            "memberVotesPercent parameterVotesPercent protocolVotesPercent "
            "publisherVotesPercent memberObjectionMs parameterObjectionMs protocolObjectionMs "
            "publisherObjectionMs nameObjectionMs publisherOperationsPerSecond "
            "publisherBytesPerSecond memberOperationsPerSecond memberBytesPerSecond "
            "quotaBurstSeconds domainAttestations"
        ).split()
    }
)
epoch_state = structure(
    epoch=uint(),
    firstHeight=height,
    validators=validator_set,
    nextValidators=validator_set,
    nextParameters=nullable(parameters),
)
active_members = items(id_, 128, ascending=lambda value: value)
member_state = structure(member=member, standing=one_of(1, 2, 3), since=height)
publisher_key = structure(
    key=key,
    label=text(64),
    validFrom=time,
    validUntil=nullable(time),
    compromisedSince=nullable(time),
    scope=scope,
)
key_binding = {**key_claim, "from": time, "until": nullable(time)}
attestation = structure(member=id_, **{"from": time}, until=time)
binding = tagged(
    "kind",
    {
        1: key_binding,
        2: key_binding,
        3: {"domain": domain, "from": time, "attestations": items(attestation, 128)},
        4: {"link": link, "from": time},
    },
)
publisher_state = structure(
    id=id_,
    name=name,
    keys=items(publisher_key, 100),
    approvals=uint(),
    recovery=nullable(hash_),
    vouches=items(structure(member=id_, **{"from": time}, until=nullable(time)), 512),
    since=height,
    bindings=items(binding, 32),
)
key_owner = structure(member=nullable(id_), publisher=nullable(id_))
provenance = {"height": height, "time": time, "transaction": hash_, "operation": uint()}
statement = structure(
    1,
    publisher=id_,
    key=key,
    **provenance,
    first=boolean(),
    statement=structure(**statement_body),
)
revision = structure(
    1,
    namespace=namespace,
    key=record_key,
    revision=uint(),
    **provenance,
    value=binary(65_536),
)
proposal = structure(
    1,
    proposal=uint(),
    proposer=id_,
    key=key,
    **provenance,
    expires=time,
    actions=actions,
    reason=text(1024),
)
proposal_state = structure(
    proposal=proposal,
    votes=items(structure(member=id_, approve=boolean()), 128, ascending=by("member")),
    decided=nullable(time),
    closed=nullable(structure(how=one_of(1, 2), **provenance)),
)
member_vote = structure(
    1, proposal=uint(), member=id_, key=key, **provenance, approve=boolean()
)
open_proposals = items(structure(proposal=uint(), proposer=id_, expires=time), 1024)

# Section 9.

predecessor = structure(
    chain=hash_,
    header=header_bytes,
    certificate=certificate,
    epoch=uint(),
    treeRoot=hash_,
    resultRoot=hash_,
    historyRoot=hash_,
)
genesis = structure(
    1,
    name=text(40, "[a-z0-9][a-z0-9.-]{0,39}"),
    time=time,
    parameters=parameters,
    recoveryVotesPercent=uint(),
    predecessor=nullable(predecessor),
    members=items(member, 128, ascending=by("id")),
    publishers=items(genesis_publisher, 10_000, ascending=by("id")),
)
genesis_signature = structure(member=id_, signature=signature)
signed_genesis = structure(
    genesis=genesis, signatures=items(genesis_signature, 128, ascending=by("member"))
)

# Section 10.

path = items(hash_, 53)
history = structure(header=header_bytes, path=path)
finality = structure(certificate=certificate, headers=items(header_bytes, 128))
final_header_fields = {
    "header": header_bytes,
    "history": nullable(history),
    "finality": finality,
}
final_header = structure(1, **final_header_fields)
proven_state = structure(
    3, **final_header_fields, entries=items(entry, 4096), siblings=items(hash_, 131_072)
)
validator_link = structure(
    1, header=header_bytes, certificate=certificate, validators=validator_set
)
ancestor = structure(signed=signed_genesis, links=items(validator_link, 1024))
full_genesis = structure(
    genesis=genesis,
    signatures=items(genesis_signature, 128, ascending=by("member")),
    ancestors=items(ancestor, 16),
)
inclusion = structure(
    1,
    lambda value: len(value["path"]) == len(value["resultPath"])
    and value["sides"] < 2 ** len(value["path"]),
    transaction=binary(4_194_304),
    code=text(64),
    header=header_bytes,
    sides=uint(),
    path=path,
    resultPath=path,
    next=nullable(history),
)
receipt = structure(
    1,
    chain=hash_,
    subject=tagged(
        "kind",
        {
            1: {"asset": asset, "statements": items(binary(196_608), 2000)},
            2: {"namespace": namespace, "key": record_key},
            3: {
                "asset": asset,
                "publisher": id_,
                "acts": nullable(
                    structure(
                        **{"from": uint()},
                        items=items(binary(196_608), 2000),
                        path=items(hash_, 106),
                    )
                ),
            },
        },
    ),
    state=binary(6 * 2**20),
    links=items(binary(32 * 1024), 1024),
    transactions=items(binary(4_194_304 + 16 * 1024), 2000),
    openings=items(
        structure(statement=uint(), opening=opening), 2000, ascending=by("statement")
    ),
)
checkpoint = structure(
    1,
    chain=hash_,
    epoch=uint(),
    validators=validator_set,
    header=header_bytes,
    certificate=nullable(certificate),
)
side = structure(links=items(validator_link, 1024), proof=final_header)
fork = structure(
    1, chain=hash_, epoch=uint(), validators=validator_set, sides=items(side, 2)
)

# Section 15.

status = structure(
    3,
    chain=hash_,
    height=height,
    hash=hash_,
    oldest=height,
    time=time,
    echo=nullable(structure(time=time, heldMs=uint())),
    dialled=one_of(0, 1, 2),
)
