"""A first policy: valid whatever the files are called, strict by default, each guess explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.policy.starter import Entry, starter


def files(*paths: str, mode: str = "100644") -> list[Entry]:
    return [Entry(mode, each) for each in paths]


def load(entries: list[Entry]) -> Policy:
    found = load_policy(starter(entries).encode("utf-8", "surrogateescape"), "gatewright.yml")
    assert isinstance(found, Policy), (found, starter(entries))
    return found


def test_an_empty_repository_gets_the_defaults():
    assert load([]) == Policy()


def test_each_guess_is_there_because_a_file_is():
    policy = load(
        [
            *files(".github/workflows/ci.yml", "src/a.py", "docs/adr/0001-x.md", "logo.PNG"),
            *files("go.sum", "api/v1.proto", "infra/main.tf", "db/migrations/1.sql"),
            *files("run.sh", "bin/tool", mode="100755"),
            *files("latest", mode="120000"),
        ]
    )
    gates = policy.gates
    assert gates.ci.all is True
    assert gates.compliance.allow_executables == ("**/*.sh", "bin/tool")
    assert gates.compliance.allow_symlinks == ("latest",)
    assert gates.compliance.allow_opaque == ("**/*.png",)
    assert gates.compliance.architecture.paths == ("src/**", "infra/**")
    assert gates.freshness.sensitive[-2:] == ("**/go.sum", "**/*.proto")
    assert [(each.id, each.count) for each in gates.approval.rules] == [
        ("everyday", 1),
        ("infrastructure", 2),
    ]
    assert policy.deployments.migrations.paths == ("db/migrations/**",)


def test_it_says_which_languages_it_saw():
    assert "Suggested from 2 files (Python, Go);" in starter(files("a.py", "b.go"))


@pytest.mark.parametrize(
    "path",
    [
        "a b/x.tf",
        "a: b/x.tf",
        "{x}/y.tf",
        "[x]/y.tf",
        "x\n/y.tf",
        "\udcff/y.tf",
        "'/y.tf",
        "*/y.tf",
    ],
)
def test_a_name_that_is_no_pattern_is_left_out_or_written_so_that_it_is_one(path):
    load(files(path))
    load(files(path.replace("y.tf", "migrations/1.sql")))
    load(files(path, mode="100755"))
    load(files(path, mode="120000"))


@given(
    st.lists(
        st.builds(Entry, st.sampled_from(["100644", "100755", "120000"]), st.text(min_size=1)),
        max_size=8,
    )
)
def test_whatever_files_are_called_the_policy_can_be_used(entries):
    load(entries)
