"""The door of evidence: whose token opens it, what is refused, and that nothing is doubled."""

import json
from datetime import timedelta
from decimal import Decimal

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.audit.log import AuditLog
from app.engine.scheduler import Scheduler
from app.github.oidc import WorkflowTokens, issuer_keys
from app.sandbox.acts.oidc import ISSUER, TokenOrder
from app.service.chatops.proving.handing import Handing
from app.store import evidence, registry
from app.store.database import Database
from app.web.api.evidence import MOST_BYTES, EvidenceDoor, evidence_blueprint
from app.web.api.runs import Callers
from app.web.application import create_app
from app.web.serving import serving
from app.wiring import utc_now
from tests.bot import ListQueue
from tests.sandbox.client import new_box

REPO = "acme/widgets"
AUDIENCE = "https://gate.example"
SHA = "5f1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d"


@pytest.fixture(scope="module")
def box():
    with new_box() as made:
        made.add_org("acme")
        made.add_repo(REPO, {"README.md": "# widgets\n"})
        made.add_repo("acme/other", {"README.md": "# other\n"})
        yield made


@pytest.fixture
def database(sqlite_url, box):
    opened = Database.open(sqlite_url)
    found = box.find_repo(REPO)
    with opened.write() as connection:
        now = utc_now()
        registry.remember_installation(connection, now, id=5, account_id=9, account_login="acme")
        registry.remember_repository(
            connection, now, id=found.id, account_id=9, full_name=REPO, installation_id=5
        )
    yield opened
    opened.close()


@pytest.fixture
def url(database, box):
    log = AuditLog("gate.example")
    handing = Handing(database, log, Scheduler(ListQueue(), utc_now), utc_now)
    issuer = f"{box.url}{ISSUER}"
    door = EvidenceDoor(handing, Callers(WorkflowTokens(issuer, AUDIENCE, issuer_keys(issuer))))
    with serving(create_app([evidence_blueprint(door)], 10_000_000)) as address:
        yield address


def token(box, repo: str = REPO, audience: str = AUDIENCE) -> str:
    run = box.start_workflow(repo, box.sha(repo, "main"), path=".github/workflows/q.yml")
    return box.workflow_token(repo, run, TokenOrder(audience, "refs/heads/main", SHA))


def item(**more):
    return {
        "kind": "coverage",
        "value": "83.5",
        "unit": "percent",
        "observed_at": utc_now().isoformat(),
        **more,
    }


def body(**more):
    return {"sha": SHA, "evidence": [item()], **more}


def send(url: str, bearer: str, content: object, repo: str = REPO, **headers: str):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"} | headers
    return requests.post(
        f"{url}/api/v1/repos/{repo}/evidence", data=data, headers=given, timeout=10
    )


def kept(database, box):
    with database.read() as connection:
        return evidence.about(connection, box.find_repo(REPO).id, ["coverage"], [SHA])


def problem(answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    return answer.status_code, found["type"].removeprefix("urn:gatewright:problem:")


def test_evidence_is_kept_with_what_its_token_says(url, database, box):
    base = {"value": 80, "sha": "2" * 40, "observed_at": utc_now().isoformat()}
    given = body(evidence=[item(n=5, source="pytest", baseline=base)], tree="3" * 40)
    answer = send(url, token(box), given)
    assert (answer.status_code, answer.json()) == (201, {"new": 1})
    (found,) = kept(database, box)
    assert (Decimal(found.value), found.n, found.source, found.tree, found.baseline_value) == (
        Decimal("83.5"),
        5,
        "pytest",
        "3" * 40,
        "80",
    )
    assert (found.event, found.ref, found.workflow_ref) == (
        "pull_request",
        "refs/heads/main",
        f"{REPO}/.github/workflows/q.yml@refs/heads/main",
    )


def test_the_same_evidence_twice_is_one(url, database, box):
    bearer, given = token(box), body()
    assert [send(url, bearer, given).json() for _ in range(2)] == [{"new": 1}, {"new": 0}]
    assert len(kept(database, box)) == 1


# Tokens


def forged(box, **claims) -> str:
    """Return a token of the same words by another key."""
    found = jwt.decode(token(box), options={"verify_signature": False})
    head = jwt.get_unverified_header(token(box))
    return jwt.encode(found | claims, _STRANGER, algorithm="RS256", headers={"kid": head["kid"]})


_STRANGER = generate_private_key(public_exponent=65537, key_size=2048)


def resigned(box, **claims) -> str:
    """Return a token by the issuer's own key with other claims."""
    found = jwt.decode(token(box), options={"verify_signature": False}) | claims
    head = jwt.get_unverified_header(token(box))
    key = box.world.actions_key
    words = {name: value for name, value in found.items() if value is not None}
    return jwt.encode(words, key, algorithm="RS256", headers={"kid": head["kid"]})


def without_signature(box) -> str:
    found = jwt.decode(token(box), options={"verify_signature": False})
    return jwt.encode(found, "", algorithm="none")


def by_the_public_key(box) -> str:
    """Return a token whose HMAC takes the published key for a secret."""
    found = jwt.decode(token(box), options={"verify_signature": False})
    head = jwt.get_unverified_header(token(box))
    return jwt.encode(found, "k" * 64, algorithm="HS256", headers={"kid": head["kid"]})


LONG_AGO = int((utc_now() - timedelta(hours=1)).timestamp())
REFUSED = {
    "no token at all": lambda _: "",
    "a token that is none": lambda _: "a.b.c",
    "by another key": forged,
    "by a key that nobody published": lambda box: jwt.encode(
        {"iss": "x"}, _STRANGER, algorithm="RS256", headers={"kid": "mine"}
    ),
    "unsigned": without_signature,
    "the public key as a secret": by_the_public_key,
    "for another audience": lambda box: token(box, audience="https://other.example"),
    "by another issuer": lambda box: resigned(box, iss="https://evil.example"),
    "expired": lambda box: resigned(box, exp=LONG_AGO),
    "without an end": lambda box: resigned(box, exp=None),
    "without a run": lambda box: resigned(box, run_id=None),
    "of something else": lambda box: resigned(box, run_id="x"),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_a_token_that_proves_nothing_opens_nothing(url, database, box, make):
    answer = send(url, make(box), body())
    status, kind = problem(answer)
    assert status == 401
    assert kind in ("token-missing", "token-refused")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert kept(database, box) == ()


def test_a_run_of_another_repository_hands_nothing_in(url, database, box):
    assert problem(send(url, token(box, "acme/other"), body())) == (403, "other-repository")
    answer = send(url, token(box, "acme/other"), body(), repo="acme/other")
    assert problem(answer) == (404, "repository-unknown")
    assert kept(database, box) == ()


def test_without_the_issuer_s_keys_it_is_to_be_sent_again(url, database, box):
    issuer = "http://127.0.0.1:9"
    handing = Handing(database, AuditLog("gate.example"), Scheduler(ListQueue(), utc_now), utc_now)
    door = EvidenceDoor(handing, Callers(WorkflowTokens(issuer, AUDIENCE, issuer_keys(issuer))))
    with serving(create_app([evidence_blueprint(door)], 10_000_000)) as address:
        answer = send(address, token(box), body())
    assert problem(answer) == (503, "issuer-unavailable")
    assert answer.headers["Retry-After"] == "10"


# Bodies

UNREADABLE = {
    "no JSON": b"{",
    "no evidence": body(evidence=[]),
    "too much": body(evidence=[item()] * 51),
    "no commit": body(sha="main"),
    "a key that nobody knows": body(colour="red"),
    "a unit that nobody knows": body(evidence=[item(unit="furlongs")]),
    "no value": body(evidence=[item(value=None)]),
    "a yes for a number": body(evidence=[item(value=True)]),
    "no time zone": body(evidence=[item(observed_at="2026-11-20T12:00:00")]),
    "from the future": body(
        evidence=[item(observed_at=(utc_now() + timedelta(days=1)).isoformat())]
    ),
    "fewer than none": body(evidence=[item(n=-1)]),
    "a kind with a space": body(evidence=[item(kind="my coverage")]),
    "a key twice": b'{"sha": "a", "sha": "b", "evidence": []}',
    "a list": b"[]",
    "halves of characters": b'{"sha": "\\ud800", "evidence": []}',
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_with_its_place(url, database, box, content):
    answer = send(url, token(box), content)
    assert problem(answer) == (422, "evidence-unreadable")
    assert answer.json()["detail"].startswith("The evidence cannot be read: ")
    assert kept(database, box) == ()


def test_what_is_too_large_or_no_json_is_refused(url, box):
    bearer = token(box)
    assert problem(send(url, bearer, b" " * (MOST_BYTES + 1))) == (413, "too-large")
    answer = send(url, bearer, body(), **{"Content-Type": "text/plain"})
    assert problem(answer) == (415, "media-type")


def test_a_number_of_a_billion_digits_costs_nothing(url, database, box):
    assert send(url, token(box), body(evidence=[item(value="1E+999999999")])).status_code == 201
    assert kept(database, box)[0].value == "1E+999999999"
