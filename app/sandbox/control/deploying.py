"""Workflow runs and deployments as the rest of the world makes them."""

from typing import Any, TypedDict, Unpack

from app.sandbox.acts import deployments, oidc, workflows
from app.sandbox.control.base import AppLike, Controls, RepoLike, UserLike
from app.sandbox.world.checks import WorkflowRun
from app.sandbox.world.deployments import Deployment


class RunDetails(TypedDict, total=False):
    """What may be said of a workflow run."""

    path: str
    name: str
    event: str
    branch: str | None
    inputs: dict[str, Any]


class DeployControls(Controls):
    """Acting as GitHub Actions and as people who deploy."""

    def start_workflow(
        self,
        repo: RepoLike,
        sha: str,
        actor: UserLike | None = None,
        **details: Unpack[RunDetails],
    ) -> WorkflowRun:
        """Begin a workflow run; post its jobs with `post_check_in(repo, run.suite, …)`."""
        with self.world.lock:
            found = self.find_repo(repo)
            who = self.find_account(actor) if actor else found.owner
            order = workflows.RunOrder(sha, **details)
            return workflows.start(self.world, found, who, order)

    def workflow_token(self, repo: RepoLike, run: WorkflowRun, order: oidc.TokenOrder) -> str:
        """Return the OIDC token that a job of a run can ask for."""
        with self.world.lock:
            return oidc.make(self.world, self.find_repo(repo), run, order)

    def finish_workflow(
        self, repo: RepoLike, run: WorkflowRun, conclusion: str = "success"
    ) -> None:
        """End a workflow run."""
        with self.world.lock:
            workflows.finish(self.world, self.find_repo(repo), run, conclusion)

    def ask_protection(self, repo: RepoLike, run: WorkflowRun, environment: str) -> Deployment:
        """Let a run wait for the Apps that guard an environment."""
        with self.world.lock:
            found = self.find_repo(repo)
            order = deployments.DeploymentOrder(
                run.suite.head_sha, auto_merge=False, contexts=(), environment=environment
            )
            made = deployments.deploy(self.world, found, run.actor, order)
            if isinstance(made, str):
                raise TypeError(made)
            workflows.ask_protection(self.world, found, run, made, environment)
            return made

    def add_environment(self, repo: RepoLike, name: str) -> None:
        """Make an environment without rules."""
        with self.world.lock:
            deployments.ensure_environment(self.world, self.find_repo(repo), name)

    def guard_environment(self, repo: RepoLike, name: str, app: AppLike) -> None:
        """Enable an App's protection rule for an environment."""
        with self.world.lock:
            found = deployments.ensure_environment(self.world, self.find_repo(repo), name)
            found.guards.append(self.find_app(app))

    def set_deployment_status(
        self, repo: RepoLike, deployment: Deployment | int, state: str, user: UserLike
    ) -> None:
        """Add a step to a deployment."""
        with self.world.lock:
            found, who = self.find_repo(repo), self.find_account(user)
            key = deployment.id if isinstance(deployment, Deployment) else deployment
            order = deployments.StatusOrder(state)
            deployments.set_status(self.world, found, found.deployments[key], who, order)
