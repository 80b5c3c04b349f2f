from stellarchat.services.accounts.passwords import Passwords


async def test_passwords_are_kept_as_argon2id_with_the_costs_that_were_chosen() -> None:
    passwords = Passwords()
    one, other = await passwords.hash("correct horse"), await passwords.hash("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert await passwords.matches("correct horse", one)
    assert not await passwords.matches("correct horse ", one)
    assert not await passwords.matches("correct horse", "no hash")
    assert not passwords.outdated(one)
    assert passwords.outdated(one.replace("t=2", "t=1"))


async def test_a_stranger_costs_as_much_as_a_user() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    looked: list[str] = []
    verify = passwords._verify

    def counted(stored: str, password: str) -> bool:
        looked.append(stored.rsplit("$", 2)[0])
        return verify(stored, password)

    passwords._verify = counted  # type: ignore[method-assign]
    assert not await passwords.matches("wrong horse", stored)
    assert not await passwords.matches("wrong horse", None)
    assert not await passwords.matches("nobody's password", None)
    assert len(looked) == 3
    assert len(set(looked)) == 1
