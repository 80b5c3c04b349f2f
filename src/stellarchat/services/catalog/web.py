"""Fetches weights from an address that a person named: by the guarded door of `outside`. Blocking."""

import http.client
from urllib.parse import urlsplit

from stellarchat.core.errors import Forbidden, Unavailable
from stellarchat.services.catalog.wire import REDIRECTS, Client, Remote, Switch, location
from stellarchat.services.outside import FetchFailed, Outside


class Web(Client):
    """Any public address, and those of our own network that the setting `outside.allow` names.

    No token and no proxy: what a name means is resolved once, checked, and connected to.
    """

    name = "web"
    remedy = "Check the address and the connection to the internet; then resume."

    def __init__(self, outside: Outside, *, timeout: float = 30.0) -> None:
        super().__init__("", timeout=timeout)
        self._outside = outside

    def locate(self, url: str, switch: Switch) -> Remote:
        """Ask what the file is; a server that does not answer HEAD is asked for the file itself later.

        Raises AddressRefused, and as `Client.locate`.
        """
        for _ in range(REDIRECTS):
            with self._ask("HEAD", url, {}, switch) as answer:
                target = location(answer)
                if target is not None:
                    url = self._led(url, target)
                    continue
                if answer.status in (403, 405, 501):
                    return Remote(url, None, None)
                self._refuse(answer)
                return Remote(url, answer.length, None)
        raise Unavailable(
            "The address leads on too often.",
            remedy="Give the address where it ends.",
            sentence="address_leads",
        )

    def _led(self, url: str, target: str) -> str:
        led = self._outside.checked(target)
        if urlsplit(url).scheme == "https" and led.scheme == "http":
            raise Forbidden(
                f"{urlsplit(url).hostname} leads on to an unprotected address.",
                remedy="Give the address where it ends.",
                sentence="address_leads_unsafe",
                values={"host": str(urlsplit(url).hostname)},
            )
        return led.url

    def _connected(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        address = self._outside.checked(url)
        try:
            plain = self._outside.dial(address)
        except FetchFailed as error:  # it may be there again when it is tried again
            raise Unavailable(
                error.message,
                remedy=error.remedy,
                detail=error.detail,
                sentence=error.sentence,
                values=error.values,
            ) from None
        connection = self._toward(address.scheme, address.host, address.port)
        try:
            secure = address.scheme == "https"
            connection.sock = (
                self._secured().wrap_socket(plain, server_hostname=address.host) if secure else plain
            )
        except BaseException:
            plain.close()
            raise
        return connection, address.target
