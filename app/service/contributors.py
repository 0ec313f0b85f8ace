"""Turns the names in commits into accounts, and addresses into keyed digests."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.core.facts import Account, Commit, Contributor
from app.ports import Authorship, Claim, CommitText

# https://docs.github.com/en/account-and-profile/reference/email-addresses-reference
_NOREPLY = re.compile(
    r"\A(?P<id>[0-9]+)\+(?P<login>[^@+]+)@users\.noreply\.github\.com\Z", re.IGNORECASE
)
_WEB_FLOW_ID = 19864447


@dataclass(frozen=True, slots=True)
class Contributors:
    """Finds who stands behind commits; `key` keys the digests of addresses.

    `is_account` asks GitHub whether an account that an address names exists like that.
    """

    key: bytes
    authorship: Mapping[str, Authorship]
    is_account: Callable[[Account], bool] = lambda _account: False

    def commits(self, texts: Sequence[CommitText]) -> tuple[Commit, ...]:
        """Return the commits with their contributors, in git's order."""
        known = self._known(texts)
        return tuple(self._commit(text, known) for text in texts)

    def _known(self, texts: Sequence[CommitText]) -> dict[str, Account]:
        """Return the accounts GitHub itself matched to addresses of these commits."""
        known: dict[str, Account] = {}
        for text in texts:
            people = self.authorship.get(text.sha)
            for claim in text.claims if people else ():
                account = _claimed_by(claim, people)
                if account is not None:
                    known[claim.email.casefold()] = account
        return known

    def _commit(self, text: CommitText, known: Mapping[str, Account]) -> Commit:
        people = self.authorship.get(text.sha)
        return Commit(
            sha=text.sha,
            parents=text.parents,
            contributors=tuple(self._contributor(claim, people, known) for claim in text.claims),
            skips_ci=text.skips_ci,
        )

    def _contributor(
        self, claim: Claim, people: Authorship | None, known: Mapping[str, Account]
    ) -> Contributor:
        account = _claimed_by(claim, people) if people else None
        account = account or known.get(claim.email.casefold()) or self._by_noreply(claim.email)
        web = claim.role == "committer" and account is not None and account.id == _WEB_FLOW_ID
        return Contributor(
            role=claim.role,
            account=account,
            email_digest=self._digest(claim.email),
            is_web_flow=bool(web and people and people.verified),
        )

    def _by_noreply(self, email: str) -> Account | None:
        """Read the account out of an address of GitHub's own form, if there is such an account.

        Anybody can invent such an address; an unknown contributor must not become a known one.
        """
        found = _NOREPLY.match(email)
        named = Account(int(found["id"]), found["login"]) if found else None
        return named if named is not None and self.is_account(named) else None

    def _digest(self, email: str) -> str:
        folded = email.casefold().encode("utf-8", "surrogatepass")
        return hmac.new(self.key, folded, hashlib.sha256).hexdigest()[:32]


def _claimed_by(claim: Claim, people: Authorship | None) -> Account | None:
    if people is None:
        return None
    return {"author": people.author, "committer": people.committer}.get(claim.role)
