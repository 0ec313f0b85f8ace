"""What all groups of control methods share: the world and finding things by name."""

from app.errors import GatewrightError
from app.sandbox.hooks.courier import Courier
from app.sandbox.http.faults import Faults
from app.sandbox.http.rest import Rest
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

RepoLike = Repo | str
UserLike = Account | str
AppLike = App | str


class NoSuchThingError(GatewrightError):
    """A test or seed names something that is not in the sandbox."""


class Controls:
    """The parts of a running sandbox; every method takes the world's lock."""

    world: World
    courier: Courier
    rest: Rest
    faults: Faults
    app: App

    def find_repo(self, named: RepoLike) -> Repo:
        """Return a repository by `owner/name`."""
        found = named if isinstance(named, Repo) else self.world.repo(named)
        if found is None:
            raise NoSuchThingError(f"the sandbox has no repository {named!r}")
        return found

    def find_account(self, named: UserLike) -> Account:
        """Return a user, organisation or bot by login."""
        found = named if isinstance(named, Account) else self.world.account(named)
        if found is None:
            raise NoSuchThingError(f"the sandbox has no account {named!r}")
        return found

    def find_app(self, named: AppLike | None) -> App:
        """Return an App by slug; None is the App under test."""
        if named is None:
            return self.app
        if isinstance(named, App):
            return named
        for found in self.world.apps.values():
            if found.slug == named:
                return found
        raise NoSuchThingError(f"the sandbox has no App {named!r}")

    def find_pull(self, repo: RepoLike, number: Pull | int) -> Pull:
        """Return a pull request by number."""
        if isinstance(number, Pull):
            return number
        found = self.find_repo(repo).pulls.get(number)
        if found is None:
            raise NoSuchThingError(f"{repo} has no pull request {number}")
        return found
