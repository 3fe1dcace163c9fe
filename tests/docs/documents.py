"""Takes apart what the documents say and what the sources say, so that docs_test.py can compare them.

Pure functions over text; only `markdown_files` and `sources` read the tree.
"""

import json
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {"node_modules", "build", "dist", ".git"}


def files_below(folder, *suffixes):
    return sorted(path for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes and not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts))


def markdown_files():
    return [*sorted(ROOT.glob("*.md")),
            *(path for folder in ("docs", "examples", "sdk", "proto", "tests") for path in files_below(folder, ".md"))]


def name_of(path):
    return str(path.relative_to(ROOT))


# --- Markdown -------------------------------------------------------------------------------------------------

FENCE = re.compile(r"^([ ]*)```(\w*)[^\n]*\n(.*?)^\1```[ ]*$", re.M | re.S)


def fences(text):
    """The fenced blocks as (language, text), without the indentation of a list."""
    return [(match[2], re.sub(rf"^{match[1]}", "", match[3], flags=re.M)) for match in FENCE.finditer(text)]


def prose(text):
    return FENCE.sub("", text)


def inline_code(text):
    """What stands between backticks outside fences, with line breaks as spaces."""
    found = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-|#]|\d+\.))", prose(text)):
        found += [" ".join(match[2].split()) for match in re.finditer(r"(`+)(.+?)\1(?!`)", block, re.S)]
    return found


def anchors(text):
    """The anchors of the headings, as GitHub makes them."""
    seen, made = {}, set()
    for heading in re.findall(r"^#+ (.+?)\s*$", prose(text), re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        made.add(slug + (f"-{seen[slug]}" if slug in seen else ""))
        seen[slug] = seen.get(slug, 0) + 1
    return made


def links(text):
    """Relative link targets, of pictures as well."""
    bare = re.sub(r"`[^`]*`", "", prose(text))
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", bare) if not re.match(r"[a-z]+:", target)]


def tables(text):
    """Each table as a list of rows of cells; the first row is the heading."""
    found, rows = [], []
    for line in [*prose(text).splitlines(), ""]:
        line = line.strip()
        if line.startswith("|"):
            cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        elif rows:
            found.append(rows)
            rows = []
    return found


# --- Commands -------------------------------------------------------------------------------------------------

PROGRAM = re.compile(r"(?:build/\w+/bin/|/usr/local/bin/)?(wyldgate(?:-\w+)?)|(script/\w+)")


def command_of(line):
    """(program, words) of a line that runs one of our programs, else None."""
    line = re.sub(r"\s+#.*$", "", re.sub(r"^[$#] ", "", line.strip()))
    line = re.sub(r"^(?:sudo |[A-Z_]+=\S* |ExecStart=)+", "", line)
    try:
        words = shlex.split(re.split(r" (?:&&|\||>|2>) ?", line)[0])
    except ValueError:
        return None
    match = words and PROGRAM.fullmatch(words[0])
    return (match[1] or match[2], words[1:]) if match else None


def commands(text):
    """Every command of ours that a document prints, in a fence or between backticks."""
    lines = [line for _, block in fences(text) for line in re.sub(r"\\\n\s*", "", block).splitlines()]
    return [command for command in map(command_of, lines + inline_code(text)) if command]


def flags_of_help(help_text):
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", help_text))


# --- Settings -------------------------------------------------------------------------------------------------

def settings_of(config_file):
    """section -> keys, from what `config init -` writes."""
    found, section = {}, None
    for line in config_file.splitlines():
        if match := re.fullmatch(r"#? ?\[(\w+)\]", line):
            section = found.setdefault(match[1], set())
        elif section is not None and (match := re.match(r"#? ?(\w+) = ", line)):
            section.add(match[1])
    return found


FILE_ENDINGS = {"proto", "md"}


def settings_named(text, sections):
    """`section.key` between backticks, perhaps with a value behind it, as (section, key)."""
    found = []
    for code in inline_code(text):
        if match := re.match(r"(\w+)\.(\w+)(?: ?=.*)?$", code):
            if match[1] in sections and match[2] not in FILE_ENDINGS:
                found.append((match[1], match[2]))
    return found


# --- Sources --------------------------------------------------------------------------------------------------

TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|R"(\w*)\((.*?)\)\1"|'(?:[^'\\\n]|\\.)'|"((?:[^"\\\n]|\\.)*)"''', re.S)
TOKEN_OF_SCRIPT = re.compile(r"""//[^\n]*|/\*.*?\*/|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'""", re.S)


def literals(code, script=False):
    """The string literals of C++ (or TypeScript) code; neighbours are joined, comments are left out."""
    found, end = [], None
    for match in (TOKEN_OF_SCRIPT if script else TOKEN).finditer(code):
        text = next((group for group in match.groups()[0 if script else 1:] if group is not None), None)
        if text is None:
            continue
        text = text.replace(r"\"", '"').replace(r"\n", "\n").replace(r"\r", "").replace(r"\'", "'")
        if end is not None and not code[end:match.start()].strip(" \n\t+" if script else " \n\t"):
            found[-1] += text
        else:
            found.append(text)
        end = match.end()
    return found


def events_of_code(code):
    """Log events as (event, {levels}). Where a call chooses its event or level, it has all that it names."""
    found = []
    for match in re.finditer(r"(?<![\w.>:])(?:wyld::)?log\(([^{;]*)", code):
        levels = {level.lower() for level in re.findall(r"LogLevel::k(\w+)", match[1])}
        for event in re.findall(r'"([a-z_]+)"', match[1]):
            found.append((event, levels))
    return found


# --- Messages -------------------------------------------------------------------------------------------------

# Values in a message: something in quotes, brackets around a reason, numbers with their unit, and addresses.
VALUE = re.compile(r'"[^"]*"|\'[^\']*\'|\([^()]*\)|\S*\d[\w.:]*(?: (?:line|byte|minute|second)s?\b)?|--\w+|\w+://\S+')
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{[^{}\n]*\}")
WORDS_OF_A_PIECE = 3


class Said:
    """The messages that a program can print. They are put together from literals, so a quotation is found when it
    falls into pieces of three words at least (or whole stretches between values) that stand so in the source."""

    def __init__(self, texts, names=()):
        pieces = [piece for text in texts for piece in PLACEHOLDER.split(text)]
        pieces = {" ".join(part.split()) for piece in pieces for part in [piece, *VALUE.split(piece)]}
        self.corpus = "\n".join(f" {piece} " for piece in sorted(pieces) if piece)
        self.names = sorted(names, key=len, reverse=True)

    def stands(self, words):
        text = re.escape(" ".join(words).strip(".;:, "))
        return re.search(r"(?<![^\W_])" + text + r"(?![^\W_])", self.corpus) is not None

    def missing(self, quotation):
        """The first stretch of words that no literal has, or None. `...` stands for anything."""
        text = quotation.strip()
        if text.startswith("[") and text.endswith("]"):
            text = text[1:-1]
        for name in self.names:
            if text.startswith(name + " "):
                text = text[len(name):]
        for stretch in re.split(r"\.\.\.|…", text):
            for part in VALUE.split(stretch):
                words = part.split()
                while words:
                    taken = next((n for n in range(len(words), 0, -1) if self.stands(words[:n])), 0)
                    if taken < min(WORDS_OF_A_PIECE, len(words)) and not re.fullmatch(r"\W*", " ".join(words)):
                        return " ".join(words)
                    words = words[max(taken, 1):]
        return None


def words_of(text):
    return re.findall(r"[^\W\d]+", text)


def is_quotation(code):
    """Whether inline code is a message to a person: a sentence, or a notice in brackets."""
    return (len(words_of(code)) >= 3 and bool(re.match(r"[A-Z\[]", code)) and code[-1] in ".!?]"
            and not re.search(r"[={}<>|]|::|\w\(|^[A-Z]{3,} ", code))


def json_messages(block):
    """The messages of the JSON form that a fenced block shows, each on a line of its own."""
    found = []
    for line in block.splitlines():
        try:
            message = json.loads(line[line.find("{"):]) if "{" in line else None
        except ValueError:  # cut short, or no message
            continue
        if isinstance(message, dict) and isinstance(message.get("type"), str):
            found.append(message)
    return found


def quotations(text):
    """Messages that a document quotes: sentences, the first column of tables of what the gateway says, and the
    gateway's words in printed conversations."""
    found = [code for code in inline_code(text) if is_quotation(code)]
    unquoted = " ".join(re.sub(r"`[^`]*`", "", prose(text)).split())
    found += [quoted for quoted in re.findall(r'"([A-Z\[][^"]{6,160}?[.!?\]])"', unquoted) if len(words_of(quoted)) >= 3]
    for _, block in fences(text):
        found += [message["text"] for message in json_messages(block)
                  if message["type"] in ("notice", "bye", "error", "world") and message.get("text")]
        found += re.findall(r"^G> (\[[^\]]+\])", block, re.M)
    for table in tables(text):
        if table[0][0].endswith(" says"):
            found += [code for row in table[1:] for code in re.findall(r"`([^`]+)`", row[0])]
    return list(dict.fromkeys(found))


# --- Paths and output -----------------------------------------------------------------------------------------

TOP = ("script", "src", "docs", "tests", "bench", "apps", "proto", "sdk", "examples", "web", "cmake")
BELOW_SRC = ("base", "codec", "runtime", "session", "transport", "world", "store", "account", "http", "config", "testing")
MADE_BY_THE_BUILD = ("web/dist", "web/node_modules", "proto/node_modules", "examples/node_modules")


def paths_named(text):
    """Paths of this repository between backticks; `name.{h,cc}` counts as each of them."""
    found = []
    for code in inline_code(text):
        if not re.fullmatch(r"(?:%s)/[\w./{},-]*[\w}/]" % "|".join(TOP + BELOW_SRC), code):
            continue
        if re.search(r"[A-Z]{4,}", code) or code.startswith(MADE_BY_THE_BUILD):
            continue  # `tests/corpus/TARGET`, or made by the build
        match = re.fullmatch(r"(.*)\{([\w,]+)\}(.*)", code)
        found += [match[1] + part + match[3] for part in match[2].split(",")] if match else [code]
    return found


def path_exists(path):
    """Paths below src/ may be given without it, and without the ending of a unit."""
    places = [ROOT / path, ROOT / "src" / path]
    return any(place.exists() or (place.parent.is_dir() and any(place.parent.glob(place.name + ".*"))) for place in places)


def lines_not_printed(block, output):
    """The lines of a printed block, but for the command and `...`, that `output` lacks; spaces do not count."""
    printed = {" ".join(line.split()) for line in output.splitlines()}
    wanted = [" ".join(line.split()) for line in block.splitlines()]
    return [line for line in wanted if line and line != "..." and not line.startswith("$ ") and line not in printed]


def is_known_name(name, code):
    """Whether `Type`, `function` or `Type::member` stands in the code as a whole word."""
    return all(re.search(rf"\b{re.escape(part)}\b", code) for part in name.split("::"))
