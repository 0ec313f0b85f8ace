"""Private keys, real ones generated for the test, however they are written down."""

import json

import pytest
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.scan.keys import private_keys
from app.scan.rules import Tier

_MAKERS = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "EC": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
HEADER = "-----BEGIN RSA PRIVATE" + " KEY-----"
FOOTER = "-----END RSA PRIVATE" + " KEY-----"


def pem(kind="EC", form=formats.PrivateFormat.PKCS8, password=None):
    hiding = formats.BestAvailableEncryption(password) if password else formats.NoEncryption()
    return _MAKERS[kind]().private_bytes(formats.Encoding.PEM, form, hiding).decode()


def keys(text):
    return list(private_keys(text))


def body(text):
    return "".join(text.strip().split("\n")[1:-1])


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("RSA", formats.PrivateFormat.PKCS8),
        ("RSA", formats.PrivateFormat.TraditionalOpenSSL),
        ("RSA", formats.PrivateFormat.OpenSSH),
        ("EC", formats.PrivateFormat.PKCS8),
        ("EC", formats.PrivateFormat.TraditionalOpenSSL),
        ("EC", formats.PrivateFormat.OpenSSH),
        ("Ed25519", formats.PrivateFormat.PKCS8),
        ("Ed25519", formats.PrivateFormat.OpenSSH),
    ],
)
def test_a_real_key_blocks_and_is_known_by_its_whole_body(kind, form):
    text = pem(kind, form)
    (key,) = keys(f"before\n{text}after\n")
    assert (key.tier, key.body, key.start) == (Tier.BLOCK, body(text), 12)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda text: json.dumps({"private_key": text}), id="in JSON"),
        pytest.param(lambda text: text.replace("\n", "\n    "), id="indented in YAML"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="with CRLF"),
        pytest.param(lambda text: text.replace("\n", " "), id="in one line with blanks"),
        pytest.param(
            lambda text: "".join(f'    "{line}\\n" +\n' for line in text.split("\n")),
            id="as joined literals",
        ),
        pytest.param(
            lambda text: "".join(f"# {line}\n" for line in text.split("\n")), id="in a comment"
        ),
    ],
)
def test_a_key_is_the_same_key_however_it_is_written(write):
    text = pem("RSA")
    (key,) = keys(write(text))
    assert (key.tier, key.body) == (Tier.BLOCK, body(text))


def test_7_another_key_at_the_same_place_is_another_value():
    assert keys(pem())[0].body != keys(pem())[0].body


def test_an_encrypted_key_of_the_old_form_blocks():
    form = formats.PrivateFormat.TraditionalOpenSSL
    (key,) = keys(pem("RSA", form, password=b"x"))
    assert (key.tier, key.is_encrypted) == (Tier.BLOCK, True)


def test_a_key_without_a_footer_is_taken_as_far_as_its_full_lines():
    lines = ["MIIE" + "A" * 60, "+" + "B" * 63, "C" * 63 + "+"]
    (key,) = keys("\n".join([HEADER, *lines, "D" * 20, "E" * 64]))
    assert (key.tier, key.body) == (Tier.CONFIRM, "".join(lines))


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        pytest.param(f'if "{HEADER}" in text:\n    return parse(text)\n', Tier.INFO, id="code"),
        pytest.param(f"{HEADER}\nyour key here\n{FOOTER}", Tier.INFO, id="a stand-in"),
        pytest.param(f"{HEADER}\n...\n{FOOTER}", Tier.INFO, id="left out"),
        pytest.param(f"{HEADER}\n{'MIIE' * 40}\n{FOOTER}", Tier.CONFIRM, id="no real key"),
    ],
)
def test_text_about_keys_does_not_block(text, tier):
    assert [key.tier for key in keys(text)] == [tier]


def test_a_putty_key_is_known_by_its_private_lines():
    text = (
        "PuTTY-User-Key-File" + "-2: ssh-ed25519\nEncryption: none\nComment: me\n"
        "Public-Lines: 1\nAAAAC3NzaC1lZDI1NTE5AAAA\nPrivate-Lines: 2\n"
        + "Qk9CQk9CQk9CQk9CQk9CQk9CQk9CQk9CQk9CQk9CQk9C\nQk9CQk9CQk9CQk9CQk9CQk9C\n"
        + "Private-MAC: 0123\n"
    )
    (key,) = keys(text)
    assert key.body == "Qk9C" * 11 + "Qk9C" * 6
    assert key.tier is Tier.CONFIRM


def test_the_text_of_a_public_key_or_certificate_is_nothing():
    assert keys(pem().replace("PRIVATE", "PUBLIC")) == []
