"""`python -m tidings`: how the supervisor starts its children, whatever is on the PATH."""

from tidings.cli.app import main

if __name__ == "__main__":
    main()
