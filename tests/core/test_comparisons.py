from stellarchat.core.comparisons import Outcome, Vote, standings


def won(winner: str, *others: str) -> Vote:
    return Vote([winner, *others], Outcome.WINNER, winner)


def test_nothing_voted_is_an_empty_table() -> None:
    assert standings([]) == []


def test_a_winner_among_four_has_won_three_duels_and_says_nothing_of_the_others() -> None:
    table = standings([won("a", "b", "c", "d")])
    assert [(one.model, one.wins, one.losses, one.ties) for one in table] == [
        ("a", 3, 0, 0),
        ("b", 0, 1, 0),
        ("c", 0, 1, 0),
        ("d", 0, 1, 0),
    ]
    assert table[0].rating is not None
    assert table[0].rating > 1000
    assert len({one.rating for one in table[1:]}) == 1


def test_a_tie_is_one_of_each_with_each_and_moves_nobody() -> None:
    table = standings([Vote(["a", "b", "c"], Outcome.TIE)])
    assert [(one.ties, one.rating) for one in table] == [(2, 1000)] * 3


def test_where_all_are_bad_it_is_only_counted() -> None:
    assert [(one.model, one.bad, one.rating) for one in standings([Vote(["b", "a"], Outcome.BAD)])] == [
        ("a", 1, None),
        ("b", 1, None),
    ]


def test_ratings_follow_who_beat_whom_and_not_how_often_one_played() -> None:
    votes = [*[won("strong", "middle")] * 6, *[won("middle", "weak")] * 20, won("weak", "middle")]
    table = standings(votes)
    assert [one.model for one in table] == ["strong", "middle", "weak"]
    # for a never beaten one it stays finite, and odds are those of Elo's scale
    ratings = [one.rating or 0 for one in table]
    assert 1000 < ratings[0] < 2000
    assert 300 < ratings[1] - ratings[2] < 600
