"""`stellarchat engines`: which engines can be used here, and what the others lack."""

from stellarchat.cli import common


def engines(config: common.ConfigFile = None, as_json: common.AsJson = False) -> None:
    """List the engines: usable or not, and if not, why and what to install."""
    settings = common.load(config).settings
    # imported here: help and completion do without it
    from stellarchat.app.parts import registry

    found = [(name, engine.probe()) for name, engine in registry(settings).items()]
    if as_json:
        common.show(
            [
                {
                    "name": name,
                    "usable": probe.usable,
                    "version": probe.version,
                    "reason": probe.reason,
                    "remedy": probe.remedy,
                }
                for name, probe in found
            ]
        )
        return
    common.table(
        ("ENGINE", "USABLE", "VERSION", "REASON"),
        [(name, "yes" if probe.usable else "no", probe.version, probe.reason) for name, probe in found],
    )
    for name, probe in found:
        if probe.remedy:
            print(f"{name}: {probe.remedy}")
