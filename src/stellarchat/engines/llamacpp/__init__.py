"""llama.cpp, run by `xllamacpp` in a child process. Import nothing here: the worker pays for it."""
