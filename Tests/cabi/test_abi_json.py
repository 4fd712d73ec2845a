"""JSON that two readers read in two ways, or that exhausts one: attacks 20 to 23 and 35."""

import json
import time

import pytest
from pinjwt_abi import Alg, Outcome, Policy, Verifier, inspect
from pinjwt_forge import CLAIMS, NOW, hmac_with, pinned, signing, token, verifier

HS = verifier(Alg.HS256)
LARGE = verifier(Alg.HS256, 1 << 20)
EXP = f'"exp":{NOW + 600}'


def header(text: str | bytes, by: Verifier = HS) -> Outcome[bytes]:
    """What is said of an otherwise honest token with this header, signed by the owner of the key."""
    return by.verify(token(text, CLAIMS, signing(Alg.HS256)), NOW)


def payload(text: str | bytes, by: Verifier = HS) -> Outcome[bytes]:
    return by.verify(token('{"alg":"HS256"}', text, signing(Alg.HS256)), NOW)


def in_header(members: str) -> str:
    return f'{{"alg":"HS256",{members}}}'


def in_payload(members: str) -> str:
    return f"{{{EXP},{members}}}"


# ---- 20: a member twice

TWICE = [
    '"a":1,"a":1',
    '"a":1,"b":2,"a":3',
    '"a":1,"\\u0061":2',
    '"\\u0061":1,"a":2',
    '"\\u00e9":1,"\u00e9":2',
    '"\\ud83d\\udd11":1,"\U0001f511":2',
    '"a/b":1,"a\\/b":2',
    '"a\\u0000b":1,"a\\u0000b":2',
    '"":1,"":2',
    '"x":{"a":1,"a":2}',
    '"x":[[{"a":1},{"a":1,"\\u0061":2}]]',
    '"x":{"y":{"z":{"a":1,"b":{},"a":{}}}}',
    ",".join(f'"m{n}":{n}' for n in range(300)) + ',"m7":0',
]
NOT_TWICE = [
    '"a":1,"A":2',
    '"a":1,"a ":2',
    '"a":1,"a\\u0000":2',
    '"a":{"a":{"a":1}}',
    '"a":[{"a":1},{"a":1}]',
    '"\\u00e9":1,"e\\u0301":2',
    ",".join(f'"m{n}":{{"m":{n}}}' for n in range(300)),
]


@pytest.mark.parametrize("members", TWICE, ids=[str(i) for i in range(len(TWICE))])
def test_20_member_twice(members: str) -> None:
    assert header(in_header(members)).status == "E_HEADER"
    assert payload(in_payload(members)).status == "E_CLAIMS_FORMAT"


@pytest.mark.parametrize("members", NOT_TWICE, ids=[str(i) for i in range(len(NOT_TWICE))])
def test_20_similar_members_are_accepted(members: str) -> None:
    assert header(in_header(members)).status == "OK"
    assert payload(in_payload(members)).value().decode() == in_payload(members)


@pytest.mark.parametrize("first", ['"none"', '"HS256"', '"RS256"', "null"])
def test_20_alg_twice(first: str) -> None:
    for name in ('"alg"', '"\\u0061lg"', '"\\u0061\\u006C\\u0067"'):
        assert header(f'{{{name}:{first},"alg":"HS256"}}').status == "E_HEADER"
        assert header(f'{{"alg":"HS256",{name}:{first}}}').status == "E_HEADER"


@pytest.mark.parametrize("name", ["exp", "sub", "aud", "iss", "iat", "nbf", "jti"])
def test_20_claim_twice(name: str) -> None:
    good = {"exp": str(NOW + 600), "iat": str(NOW), "nbf": str(NOW)}.get(name, '"alice"')
    escaped = f"\\u{ord(name[0]):04x}{name[1:]}"
    others = "" if name == "exp" else EXP + ","
    for second in (name, escaped):
        assert payload(f'{{{others}"{name}":{good},"{second}":{good}}}').status == "E_CLAIMS_FORMAT"


def test_20_one_escaped_name_is_the_claim() -> None:
    assert payload(f'{{"\\u0065xp":{NOW + 600}}}').status == "OK"
    assert payload(f'{{"\\u0065xp":{NOW}}}').status == "E_EXPIRED"
    assert header('{"\\u0061lg":"HS\\u0032\\u00356"}').status == "OK"


def test_20_many_members_take_bounded_time() -> None:
    """80,000 names with a common beginning, in an order that no sorting likes."""
    names = [f'"n{n * 7919 % 80_021:05}":0' for n in range(70_000)]
    start = time.process_time()
    assert payload(in_payload(",".join(names)), LARGE).status == "OK"
    assert payload(in_payload(",".join([*names, names[0]])), LARGE).status == "E_CLAIMS_FORMAT"
    assert payload(in_payload(",".join(sorted(names))), LARGE).status == "OK"
    assert payload(in_payload(",".join(sorted(names, reverse=True))), LARGE).status == "OK"
    assert time.process_time() - start < 8


# ---- 21: more than a reader bears


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', '{"a":['])
@pytest.mark.parametrize("closed", [False, True])
def test_21_deep_nesting(opening: str, closed: bool) -> None:
    closing = opening[::-1].translate(str.maketrans("[{", "]}", 'a":')) if closed else ""
    deep = '"x":' + opening * 100_000 + "1" + closing * 100_000
    start = time.process_time()
    for text, by in ((in_payload(deep), LARGE), (in_header(deep), LARGE)):
        if len(text) * 4 // 3 < 1_000_000:
            check, refusal = (
                (header, "E_HEADER") if by is LARGE and text.startswith('{"alg') else (payload, "")
            )
            assert check(text, by).status == (refusal or "E_CLAIMS_FORMAT")
        assert payload(text, HS).status == "E_TOKEN_SIZE"
    shallow = '"x":' + opening * 700 + "1" + closing * 700
    assert payload(in_payload(shallow)).status == "E_CLAIMS_FORMAT"
    assert header(in_header(shallow)).status == "E_HEADER"
    assert time.process_time() - start < 5


def test_21_64_levels_are_accepted_and_65_are_not() -> None:
    for levels, good in ((63, True), (64, False)):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            members = '"x":' + opening * levels + "1" + closing * levels
            assert payload(in_payload(members)).status == ("OK" if good else "E_CLAIMS_FORMAT")
            assert header(in_header(members)).status == ("OK" if good else "E_HEADER")


def test_21_token_of_two_megabytes() -> None:
    genuine = token({"alg": "HS256"}, {**CLAIMS, "pad": "x" * 1_500_000}, signing(Alg.HS256))
    forged = token({"alg": "HS256"}, {**CLAIMS, "pad": "x" * 1_500_000}, hmac_with(b"x"))
    assert len(genuine) > 2_000_000
    for text in (genuine, forged):
        for by in (HS, LARGE):
            assert by.verify(text, NOW).status == "E_TOKEN_SIZE"
    assert inspect(genuine).status == "E_TOKEN_SIZE"
    assert payload(json.dumps({**CLAIMS, "pad": "x" * 700_000}), LARGE).status == "OK"


@pytest.mark.parametrize("form", ["{}", "-{}", "{}.5", "0.{}", "1e{}", "1E-{}", "1.{}e5"])
@pytest.mark.parametrize("name", ["exp", "iat", "x"])
def test_21_number_of_5000_digits(name: str, form: str) -> None:
    number = form.format("7" * 5000)
    others = "" if name == "exp" else EXP + ","
    assert payload(f'{{{others}"{name}":{number}}}')[:2] in (
        ("E_CLAIMS_FORMAT", "payload"),
        ("E_CLAIMS_FORMAT", "claims"),
    )
    assert header(in_header(f'"x":{number}')).status == "E_HEADER"


def test_21_128_characters_of_a_number_are_accepted_and_129_are_not() -> None:
    for length, good in ((128, True), (129, False)):
        for number in (
            "7" * length,
            "-" + "7" * (length - 1),
            "0." + "7" * (length - 2),
            "1e" + "0" * (length - 2),
        ):
            assert len(number) == length
            assert payload(in_payload(f'"x":{number}')).status == ("OK" if good else "E_CLAIMS_FORMAT")
            assert header(in_header(f'"x":{number}')).status == ("OK" if good else "E_HEADER")


# ---- 22: not quite JSON (RFC 8259), in both places; "@" stands for what is needed there

NOT_JSON: list[bytes] = [
    b"\xef\xbb\xbf{@}",
    b"{@}\xef\xbb\xbf",
    b"\xff\xfe{@}",
    b"{@}\0",
    b"\0{@}",
    b"{@}{}",
    b"{@},",
    b"{@}]",
    b"{@}x",
    b"{@} {@}",
    b"[{@}",
    b"{@",
    b"@}",
    b"@",
    b"{@,}",
    b"{,@}",
    b'{@,,"a":1}',
    b'{@ "a":1}',
    b'{@,"a" 1}',
    b'{@,"a":}',
    b'{@,"a"}',
    b'{@,"a":1 2}',
    b"{@,a:1}",
    b"{@,'a':1}",
    b"{@,\"a\":'b'}",
    b"{@,1:1}",
    b"{@,null:1}",
    b'{@,"a":[1,]}',
    b'{@,"a":[,1]}',
    b'{@,"a":[1 2]}',
    b'{@,"a":[1}',
    b'{@,"a":[1}]',
    b'{@,"a":{]}',
    b"{@/**/}",
    b"{@} // a",
    b"{@}#",
    b"{\x0b@}",
    b"{\x0c@}",
    b"{\xc2\xa0@}",
    b"{\xe2\x80\xa8@}",
    b'{@,"a":True}',
    b'{@,"a":TRUE}',
    b'{@,"a":tru}',
    b'{@,"a":truee}',
    b'{@,"a":nul}',
    b'{@,"a":None}',
    b'{@,"a":undefined}',
    b'{@,"a":NaN}',
    b'{@,"a":-NaN}',
    b'{@,"a":Infinity}',
    b'{@,"a":-Infinity}',
    b'{@,"a":inf}',
    b'{@,"a":+1}',
    b'{@,"a":01}',
    b'{@,"a":-01}',
    b'{@,"a":00}',
    b'{@,"a":.5}',
    b'{@,"a":5.}',
    b'{@,"a":-}',
    b'{@,"a":--1}',
    b'{@,"a":1e}',
    b'{@,"a":1e+}',
    b'{@,"a":1.e5}',
    b'{@,"a":1.5.5}',
    b'{@,"a":1e5.5}',
    b'{@,"a":0x10}',
    b'{@,"a":1_000}',
    b'{@,"a":1n}',
    b'{@,"a":\xd9\xa1}',
    b'{@,"a":"b}',
    b'{@,"a":"b\\"}',
    b'{@,"a":"\\"}',
    b'{@,"a":"\\x41"}',
    b'{@,"a":"\\a"}',
    b'{@,"a":"\\0"}',
    b'{@,"a":"\\\'"}',
    b'{@,"a":"\\u"}',
    b'{@,"a":"\\u00"}',
    b'{@,"a":"\\u00g0"}',
    b'{@,"a":"\\u+041"}',
    b'{@,"a":"\\U0041"}',
    b'{@,"a":"\\ud800"}',
    b'{@,"a":"\\udc00"}',
    b'{@,"a":"\\ud800\\ud800"}',
    b'{@,"a":"\\udc00\\ud800"}',
    b'{@,"a":"\\ud800x"}',
    b'{@,"a":"\\ud800\\n"}',
    b'{@,"a":"\\ud800\\u0041"}',
    b'{@,"\\ud800":1}',
    b'{@,"a":"\n"}',
    b'{@,"a":"\t"}',
    b'{@,"a":"\0"}',
    b'{@,"a":"\x1f"}',
    b'{@,"a\x01":1}',
    b'{@,"a":"\x80"}',
    b'{@,"a":"\xff"}',
    b'{@,"a":"\xfe\xff"}',
    b'{@,"a":"\xc0\x80"}',
    b'{@,"a":"\xc0\xaf"}',
    b'{@,"a":"\xc1\xbf"}',
    b'{@,"a":"\xc3"}',
    b'{@,"a":"\xc3\x28"}',
    b'{@,"a":"\xe0\x80\xaf"}',
    b'{@,"a":"\xe0\x9f\xbf"}',
    b'{@,"a":"\xe2\x82"}',
    b'{@,"a":"\xed\xa0\x80"}',
    b'{@,"a":"\xed\xbf\xbf"}',
    b'{@,"a":"\xf0\x80\x80\xaf"}',
    b'{@,"a":"\xf0\x8f\xbf\xbf"}',
    b'{@,"a":"\xf4\x90\x80\x80"}',
    b'{@,"a":"\xf5\x80\x80\x80"}',
    b'{@,"a":"\xf8\x88\x80\x80\x80"}',
    b'{@,"a":"\xf0\x9f\x94"}',
    b'{@,"\xe9":1}',
]
JSON_TEXTS: list[bytes] = [
    b"{@}",
    b" \t\r\n{ \t\r\n@ \t\r\n} \t\r\n",
    b'{@ , "a" : [ 1 , 2 ] }',
    b'{@,"a":[],"b":{},"c":[[]],"d":[{}]}',
    b'{@,"a":[null,true,false,-0,0,-1.5e+10,1E-5,""]}',
    b'{@,"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\\ud83d\\udd11\\uD83D\\uDD11"}',
    b'{@,"a":"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"}',
    b'{@,"a":"// /* #"}',
    b'{@,"":""}',
    b'{@,"__proto__":{},"constructor":1}',
]


def fill(text: bytes) -> tuple[bytes, bytes]:
    return text.replace(b"@", b'"alg":"HS256"'), text.replace(b"@", EXP.encode())


@pytest.mark.parametrize("text", NOT_JSON, ids=[str(i) for i in range(len(NOT_JSON))])
def test_22_not_json(text: bytes) -> None:
    as_header, as_payload = fill(text)
    assert header(as_header).status == "E_HEADER"
    assert payload(as_payload).status == "E_CLAIMS_FORMAT"


@pytest.mark.parametrize("text", JSON_TEXTS, ids=[str(i) for i in range(len(JSON_TEXTS))])
def test_22_json_is_accepted(text: bytes) -> None:
    as_header, as_payload = fill(text)
    assert header(as_header).status == "OK"
    assert payload(as_payload).value() == as_payload


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_22_another_encoding(encoding: str) -> None:
    assert header(in_header('"a":"~"').encode(encoding)).status == "E_HEADER"
    assert payload(in_payload('"a":"~"').encode(encoding)).status == "E_CLAIMS_FORMAT"


def test_22_every_cut_of_a_token() -> None:
    genuine_header = in_header('"a":["\\u00e9",1.5e3,true,null,{"b":"\\ud83d\\udd11"}]').encode()
    genuine = in_payload('"a":["\\u00e9",-1.5e3,false,null,{"b":"\U0001f511"}]').encode()
    assert (header(genuine_header).status, payload(genuine).status) == ("OK", "OK")
    for end in range(1, len(genuine)):
        assert payload(genuine[:end]).status == "E_CLAIMS_FORMAT"
    for end in range(1, len(genuine_header)):
        assert header(genuine_header[:end]).status == "E_HEADER"


# ---- 23: a payload that is no object

NO_OBJECT = [
    "",
    " ",
    "[]",
    '[{"exp":9}]',
    f"[{{{EXP}}}]",
    '"text"',
    '"{}"',
    "1",
    "0",
    "-1",
    "1e9",
    "null",
    "true",
    "false",
    "{}x",
]


@pytest.mark.parametrize("text", NO_OBJECT)
def test_23_payload_is_no_object(text: str) -> None:
    assert payload(text).status == "E_CLAIMS_FORMAT"


@pytest.mark.parametrize("text", [text for text in NO_OBJECT if text])
def test_23_header_is_no_object(text: str) -> None:
    assert header(text).status == "E_HEADER"
    assert inspect(token(text, CLAIMS, signing(Alg.HS256))).status == "E_HEADER"


def test_23_an_empty_object_is_one() -> None:
    assert payload("{}")[:2] == ("E_CLAIM_MISSING", "exp")
    assert header("{}")[:2] == ("E_HEADER", "alg")


# ---- 35: content that crashed the process of a peer

CONTENTS = [
    "[]",
    "{}",
    "[[]]",
    "[null]",
    '[""]',
    "[1]",
    "[{}]",
    "null",
    "0",
    "-1",
    "1e308",
    "-1e-308",
    "true",
    '""',
    '"\\u0000"',
    '"' + "x" * 3000 + '"',
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0.1",
    "-0.0",
    "1e-400",
    "1e400",
    "[" * 50 + "]" * 50,
]


@pytest.mark.parametrize(
    "name", ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "kid", "x", "", "cnf"]
)
def test_35_no_content_crashes(name: str) -> None:
    policies = [
        Policy.new(),
        Policy.new(
            issuer="a",
            audiences=["b"],
            subject="c",
            required=["jti", "x"],
            leeway=300,
            max_lifetime=315576000,
        ),
    ]
    for policy in policies:
        events: list[object] = []
        policy.record_events(events)  # type: ignore[arg-type]
        verifying = Verifier.new(policy, pinned(Alg.HS256)).value()
        count = 0
        for content in CONTENTS:
            for others in ("{", f"{{{EXP},"):
                if name == "exp" and "exp" in others:
                    continue
                outcome = payload(f'{others}"{name}":{content}}}', verifying)
                allowed = {"OK", "E_CLAIM_INVALID", "E_CLAIM_MISSING", "E_EXPIRED", "E_NOT_YET_VALID"}
                allowed |= {"E_ISSUER", "E_AUDIENCE", "E_SUBJECT", "E_LIFETIME"}
                assert outcome.status in allowed
                count += 2
        assert len(events) == count
    for content in CONTENTS:
        status = header(in_header(f'"{name}":{content}')).status
        assert status in ("OK", "E_HEADER", "E_TYPE")
        assert status == "OK" or name in ("typ", "kid")
