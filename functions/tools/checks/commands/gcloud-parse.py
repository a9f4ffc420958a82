# Parses commands with gcloud's own parser, and runs none. Reads their arguments as JSON, [["projects", "list"], …],
# from standard input, and prints an error, or null, for each. Its argument is gcloud's folder (gcloud info).
import io
import json
import os
import sys

lib = os.path.join(sys.argv[1], "lib")
sys.path[:0] = [lib, os.path.join(lib, "third_party")]

from googlecloudsdk import gcloud_main
from googlecloudsdk.core import log

cli = gcloud_main.CreateCLI([])
# It has no public name. cli.Execute, which has one, would run the command.
parser = cli._CLI__parser
printed = sys.stdout


def error_in(args):
    output = io.StringIO()
    log.Reset(output, output)
    sys.stdout = sys.stderr = output
    try:
        parser.parse_args(args)
        return None
    except SystemExit as exit:
        return output.getvalue() or f"exit {exit.code}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def is_mention(args):
    return not any(arg.startswith("-") for arg in args) and cli.IsValidCommand(args)


errors = [None if is_mention(args) else error_in(args) for args in json.load(sys.stdin)]
print(json.dumps(errors), file=printed)
