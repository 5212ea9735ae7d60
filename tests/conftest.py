"""Some tests interrupt what they start, as Ctrl-C does.

A job in a shell's background ignores that signal, and so would everything it starts: heed it again.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
