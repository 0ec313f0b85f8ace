"""Giving people to rules: as many places as possible, by the same plan every time."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from app.core.approvals.matching import assign


def test_a_person_is_moved_to_another_rule_where_that_fills_more_places():
    # Greedy gives person 1 to the first rule and leaves the second one empty.
    assert assign([1, 1], [frozenset({1, 2}), frozenset({1})]) == (frozenset({2}), frozenset({1}))


def test_the_smallest_id_goes_first_whatever_order_a_set_has():
    assert assign([1], [frozenset({8, 1, 16})]) == (frozenset({1}),)


def test_a_long_chain_of_moves_is_found():
    chain = [frozenset({rule, rule + 1}) for rule in range(300)] + [frozenset({0})]
    assert assign([1] * 301, chain)[-1] == frozenset({0})


def most_places(wanted, able):
    """Try every way to give each person to one rule or none."""
    everybody = sorted(frozenset().union(*able))
    choices = [[None, *(r for r, can in enumerate(able) if who in can)] for who in everybody]
    return max(
        sum(min(places, given.count(rule)) for rule, places in enumerate(wanted))
        for given in product(*choices)
    )


RULES_AND_PEOPLE = st.lists(
    st.tuples(st.integers(0, 3), st.frozensets(st.integers(1, 5))), min_size=1, max_size=4
)


@given(RULES_AND_PEOPLE)
def test_matching_fills_as_many_places_as_brute_force(cases):
    wanted, able = zip(*cases, strict=True)
    served = assign(wanted, able)
    people = [person for ids in served for person in ids]
    assert len(people) == len(set(people)) == most_places(wanted, able)
    assert all(ids <= can for ids, can in zip(served, able, strict=True))
    assert all(len(ids) <= places for ids, places in zip(served, wanted, strict=True))
