"""Real processes that speak as vLLM and SGLang do, and misbehave on demand.

They take those engines' own command lines, so that they can stand in their place in an environment
(`environments.py`). Requests are told what to do as the fake engine's are (`[[fake …]]`), and by
`[[odd NAME]]` what to do wrong in the ways of these servers (`answers.py`). Their books, which want no key:
`GET /__paths` lists what was asked for, `/__requests` the bodies, `/__stats` counts, `/__reset` begins them
anew, `/__arguments` tells the command line and `/__environment` the environment.
"""
