"""From a request to an answer: who gives it, how it is asked for, followed, kept and ended."""
