"""Reads files in a process of its own: what strangers made must not harm the server.

`python -m stellarchat.services.files.reading FOLDER …` finds `original` there and leaves `about.json`, and
`text`, `thumbnail` and `shown` where there is such a thing. It has little memory and little time.
"""
