"""Acting as an ordinary user, for tests that root runs."""

import os
import subprocess
import sys

import pytest

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
NOBODY = 65534


def as_nobody() -> tuple[str, ...]:
    """Return what stands before a command line to run it as nobody; skip where that cannot be."""
    prefix = (
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        # The right to read is for Python, which may lie below /root; it is not one to write.
        "--securebits=+no_setuid_fixup",
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
        "--bounding-set=-all,+dac_read_search",
    )
    if subprocess.run([*prefix, sys.executable, "-c", ""], check=False).returncode != 0:
        pytest.skip("this machine does not let root act as another account")
    return prefix
