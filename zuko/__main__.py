"""`python -m zuko`: the command line."""

from zuko.cli.main import main

if __name__ == "__main__":
    main()
