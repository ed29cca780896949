#!/usr/bin/env python3
"""Writes core/src/event/bots/table.rs: what programs call themselves in their User-Agent.

    scripts/bots.py               from the pinned version of the npm package crawler-user-agents
    scripts/bots.py --check       says whether the table is the one that would be written
    scripts/bots.py package.tgz   from that file

The package (github.com/monperrus/crawler-user-agents, MIT) lists regular expressions, with user agents that each of them
matches. Nearly all of them are plain text; those are what the table holds, in lower case, as far as the rules of
core/src/event/bots/mod.rs do not know the program already. A pattern that says too much is in TOO_WIDE.
"""

import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

try:
    from re import _constants as sre, _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse as parser

VERSION = "1.60.0"
CORE = Path(__file__).resolve().parent.parent / "core/src/event/bots"

# Patterns, or what they come to, that people's browsers match as well: views in applications and browsers of their own
# (Asana/, Fluid), telephones and their builds (AP3A.240617.008, Butterfly, Fever, Sonic), what stands between a browser and
# the website (Amazon CloudFront), and words that say too little (Make/, RED/).
TOO_WIDE = {
    "AHC/", "AP3A.240617.008", "Adventurer", "Amazon CloudFront", "Asana/", "BW/", "Blackboard", "Bluesky/",
    "Buck/", "Butterfly", "Chirp", "Code/1.", "Fetch/", "Fever", "Fluid", "Goodreads", "GoPay",
    "Grammarly/", "Hatena", "Instapaper/", "Klaviyo/", "Magellan", "Make/", "MetaIAB Facebook", "Nextcloud",
    "Nitro-", "Notion/", "Odin;", "Operator/", "Optimizer)", "Overcast/", "PayPal/", "PocketCasts/", "RED/", "Readable/",
    "Retool/", "Rigor)", "Salesforce.com", "Sonic", "Stripe/", "Trae/", "Trustly/", "Tumblr/", "Uptime/",
    "Valve/Steam", "Verity/", "WhatsApp", "YaK/", "coccoc", "mail.ru", "upday/", "^Silk/",
}
TOO_WIDE_TEXTS = {text.lower() for text in TOO_WIDE}


def package():
    """The package's list, from the file that was named or from the registry."""
    named = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    if named:
        return named[0].read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"crawler-user-agents@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def literals(pattern):
    """The plain texts that a pattern stands for, with `^` before those that begin a user agent; none if it is more."""
    texts = [""]
    for code, value in pattern:
        if code is sre.LITERAL:
            parts = {chr(value).lower()}
        elif code is sre.IN and all(kind is sre.LITERAL for kind, _ in value):
            parts = {chr(letter).lower() for _, letter in value}
        elif code is sre.AT and value in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING) and texts == [""]:
            parts = {"^"}
        elif code is sre.SUBPATTERN and value[3] is not None:
            parts = literals(value[3])
        elif code is sre.BRANCH:
            parts = set()
            for branch in value[1]:
                texts_of_branch = literals(branch)
                if texts_of_branch is None:
                    return None
                parts |= texts_of_branch
        else:
            return None
        if parts is None:
            return None
        texts = [text + part for text in texts for part in sorted(parts)]
    return set(texts)


def ours(name):
    """The texts of a table of bots/mod.rs."""
    table = (CORE / "mod.rs").read_text().split(f"{name}: [", 1)[1]
    return re.findall(r'"([^"]+)"', table.split("];", 1)[0])


PARTS, WORDS = ours("PARTS"), ours("WORDS")


def known(agent):
    """Whether the rules of bots/mod.rs know the program."""
    agent = agent.lower()
    return (
        bool(re.search(r"(?<!cu)bots?(?![a-z])", agent))
        or agent.startswith("java/")
        or any(part in agent for part in PARTS)
        or any(matches(word, agent) for word in WORDS)
    )


def matches(text, agent):
    """As bots/mod.rs matches: in lower case, and only where a word begins."""
    agent = agent.lower()
    if text.startswith("^"):
        return agent.startswith(text[1:])
    at = agent.find(text)
    while at >= 0:
        if at == 0 or not agent[at - 1].isalnum():
            return True
        at = agent.find(text, at + 1)
    return False


def filter_of(texts):
    """4,096 bits, of which those are set that bots/mod.rs computes of the texts' first three bytes."""
    bits = [0] * 64
    for text in texts:
        first, second, third = text.encode()[:3]
        bit = ((first * 31 + second) * 31 + third) % 4096
        bits[bit // 64] |= 1 << bit % 64
    return bits


def main():
    archive = tarfile.open(fileobj=io.BytesIO(package()))
    entries = json.load(archive.extractfile("package/crawler-user-agents.json"))
    table, left = set(), []
    for entry in entries:
        pattern = entry["pattern"]
        plain = pattern.replace("\\", "")
        agents = entry["instances"]
        if plain in TOO_WIDE:
            continue
        if agents and all(known(agent) for agent in agents) or not agents and known(plain):
            continue
        texts = literals(parser.parse(pattern))
        # Shorter ones are found in anything.
        texts = texts and {text for text in texts - TOO_WIDE_TEXTS if len(text.strip("^ ")) >= 4 or text.startswith("^") and len(text) > 3}
        if texts:
            # What follows a space begins a word.
            table |= {text.lstrip() for text in texts}
        else:
            left.append(pattern)
    # What begins like another entry says no more than that one.
    table = {text for text in table if not any(text[:end] in table for end in range(1, len(text)))}
    table -= {text for text in table if text.startswith("^") and text[1:] in table}
    missed = [
        (entry["pattern"], agent)
        for entry in entries
        if entry["pattern"].replace("\\", "") not in TOO_WIDE
        for agent in entry["instances"]
        if not known(agent) and not any(matches(text, agent) for text in table)
    ]
    total = sum(len(entry["instances"]) for entry in entries)
    print(f"{len(entries)} patterns, {len(table)} in the table, {len(left)} left out: {left}", file=sys.stderr)
    print(f"{len(missed)} of {total} user agents missed", file=sys.stderr)
    if "--missed" in sys.argv:
        print("\n".join(f"{pattern}\t{agent}" for pattern, agent in missed), file=sys.stderr)

    unused = TOO_WIDE - {entry["pattern"].replace("\\", "") for entry in entries} - {text for text in TOO_WIDE if any(
        text.lower() == part for entry in entries for part in literals(parser.parse(entry["pattern"])) or ()
    )}
    if unused:
        print(f"no longer in the list: {sorted(unused)}", file=sys.stderr)

    starts = sorted(text[1:] for text in table if text.startswith("^"))
    inside = sorted(text for text in table if not text.startswith("^"))
    assert all(text[0].isalnum() for text in inside + starts), "a word begins with a letter or a digit"
    text = HEAD.format(version=VERSION) + "\n".join([
        block("/// Those that begin a user agent.", "STARTS", starts),
        block("/// Those that stand anywhere in it, at the beginning of a word.", "INSIDE", inside),
        FILTER.format(bits="\n".join(
            "    " + " ".join(f"0x{bits:016x}," for bits in row)
            for row in zip(*[iter(filter_of(inside + WORDS))] * 4)
        )),
    ])
    path = CORE / "table.rs"
    if "--check" in sys.argv:
        if path.read_text() != text:
            sys.exit("core/src/event/bots/table.rs is not the one of this version; write it with scripts/bots.py")
    else:
        path.write_text(text)


HEAD = """//! What programs call themselves, in lower case and sorted: of crawler-user-agents {version}
//! (github.com/monperrus/crawler-user-agents, MIT, copyright Martin Monperrus) what the rules of this module do not know.
//!
//! Written by `scripts/bots.py`.

"""


FILTER = """/// What the first three bytes of those that stand anywhere may be, the words of this module included.
#[rustfmt::skip]
pub(super) static FILTER: [u64; 64] = [
{bits}
];
"""


def block(doc, name, texts):
    lines, line = [], "   "
    for text in texts:
        word = f" {json.dumps(text, ensure_ascii=False)},"
        if len(line) + len(word) > 110:
            lines.append(line)
            line = "   "
        line += word
    lines.append(line)
    body = "\n".join(lines)
    return f"{doc}\n#[rustfmt::skip]\npub(super) static {name}: [&str; {len(texts)}] = [\n{body}\n];\n"


if __name__ == "__main__":
    main()
