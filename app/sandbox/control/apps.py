"""Apps and where they are installed."""

from collections.abc import Mapping, Sequence

from app.sandbox.acts import apps
from app.sandbox.control.base import AppLike, Controls, RepoLike, UserLike
from app.sandbox.world.apps import App, HookSettings, Installation


class AppControls(Controls):
    """Registering, installing, suspending Apps."""

    def add_app(
        self,
        name: str,
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] = (),
        webhook: HookSettings | None = None,
        owner: UserLike = "github",
    ) -> App:
        """One more App, for example a foreign CI service."""
        with self.world.lock:
            order = apps.AppOrder(
                name=name,
                owner=self.find_account(owner),
                permissions=permissions or {"checks": "write", "statuses": "write"},
                events=tuple(events),
                hook=webhook or HookSettings(),
            )
            return apps.register_app(self.world, order)

    def install_app(
        self,
        account: UserLike,
        app: AppLike | None = None,
        repos: Sequence[RepoLike] | None = None,
    ) -> Installation:
        """Put an App on an account, on all repositories or selected ones."""
        with self.world.lock:
            chosen = None if repos is None else [self.find_repo(each) for each in repos]
            return apps.install(self.world, self.find_app(app), self.find_account(account), chosen)

    def uninstall_app(self, installation: Installation, sender: UserLike | None = None) -> None:
        """Remove an installation, as its owner does on the web site."""
        with self.world.lock:
            who = self.find_account(sender) if sender else installation.account
            apps.uninstall(self.world, installation, who)

    def suspend(self, installation: Installation, sender: UserLike | None = None) -> None:
        """Put an installation to sleep."""
        with self.world.lock:
            who = self.find_account(sender) if sender else installation.account
            apps.suspend(self.world, installation, who)

    def unsuspend(self, installation: Installation, sender: UserLike | None = None) -> None:
        """Wake an installation."""
        with self.world.lock:
            who = self.find_account(sender) if sender else installation.account
            apps.unsuspend(self.world, installation, who)

    def select_repos(self, installation: Installation, repos: Sequence[RepoLike] | None) -> None:
        """Change which repositories are covered; None is all."""
        with self.world.lock:
            chosen = None if repos is None else [self.find_repo(each) for each in repos]
            apps.select_repos(self.world, installation, chosen, installation.account)

    def set_permissions(
        self, installation: Installation, permissions: Mapping[str, str], *, accept: bool = True
    ) -> None:
        """Ask for other rights; they count once the owner accepts them."""
        with self.world.lock:
            installation.app.permissions = {"metadata": "read", **permissions}
            if accept:
                owner = installation.account
                apps.accept_permissions(self.world, installation, permissions, owner)

    def installation_token(
        self,
        installation: Installation,
        permissions: Mapping[str, str] | None = None,
        repos: Sequence[RepoLike] | None = None,
    ) -> str:
        """Make a token as the App would take it."""
        with self.world.lock:
            ids = None if repos is None else [self.find_repo(each).id for each in repos]
            return apps.take_token(self.world, installation, permissions, ids).value

    def new_manifest_code(self, name: str, manifest: Mapping[str, object]) -> str:
        """Register an App from a manifest; the code can be converted once."""
        with self.world.lock:
            return apps.from_manifest(self.world, self.find_account("github"), name, manifest)
