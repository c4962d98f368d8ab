"""Tools that read and write text: cat, grep, sort, uniq, wc, head, tail, seq, cut, tr, tee."""

import re

from servicelab.embedded.programs.process import Process, Tool, UsageProblem, not_emulated


def _flags(process: Process, switches: str, values: str = "") -> tuple[set[str], dict[str, str], list[str]]:
    """Options and the words after them; anything else is not emulated."""
    found: set[str] = set()
    given: dict[str, str] = {}
    words = list(process.arguments)
    while words and words[0].startswith("-") and len(words[0]) > 1:
        letters = words.pop(0)[1:]
        if letters == "-":
            break
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in switches:
                found.add(letter)
            elif letter in values:
                given[letter] = letters or (words.pop(0) if words else "")
                break
            else:
                raise not_emulated(process.name, f"-{letter}")
    return found, given, words


def _texts(process: Process, paths: list[str]) -> tuple[list[str], int]:
    """The named files' texts, or standard input; 1 when one cannot be read."""
    if not paths:
        return [process.stdin.rest()], 0
    texts, code = [], 0
    for path in paths:
        text = process.stdin.rest() if path == "-" else process.session.read(path)
        if text is None:
            named = f"can't open '{path}'" if process.name == "cat" else path
            process.complain(f"{process.name}: {named}: No such file or directory")
            code = 1
        else:
            texts.append(text)
    return texts, code


def _number(process: Process, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageProblem(f"{process.name}: invalid number '{text}'") from None


def cat(process: Process) -> int:
    """cat."""
    _, _, paths = _flags(process, "u")
    texts, code = _texts(process, paths)
    process.write("".join(texts))
    return code


def head(process: Process) -> int:
    """head."""
    return _end(process, first=True)


def tail(process: Process) -> int:
    """tail."""
    return _end(process, first=False)


def _end(process: Process, first: bool) -> int:
    if process.arguments and process.arguments[0][1:].isdigit() and process.arguments[0].startswith("-"):
        process.arguments[0:1] = ["-n", process.arguments[0][1:]]
    _, given, paths = _flags(process, "", "nc")
    texts, code = _texts(process, paths)
    text = "".join(texts)
    if "c" in given:
        count = _number(process, given["c"])
        process.write(text[:count] if first else text[len(text) - min(count, len(text)) :])
        return code
    lines = text.splitlines(keepends=True)
    count = _number(process, given.get("n", "10"))
    process.write("".join(lines[:count] if first else lines[max(0, len(lines) - count) :]))
    return code


def grep(process: Process) -> int:
    """grep."""
    flags, given, words = _flags(process, "vicqoEFnw", "e")
    if process.name == "egrep":
        flags.add("E")
    if "e" not in given:
        if not words:
            raise UsageProblem("Usage: grep [-vicqoEFnw] PATTERN [FILE]...", 2)
        given["e"] = words.pop(0)
    texts, code = _texts(process, words)
    pattern = given["e"]
    if "F" in flags:
        pattern = re.escape(pattern)
    elif "E" not in flags:
        # In a basic expression these are plain unless escaped; Python has it the other way round.
        pattern = re.sub(r"(\\?)([+?|(){}])", lambda found: found[2] if found[1] else "\\" + found[2], pattern)
    if "w" in flags:
        pattern = rf"\b(?:{pattern})\b"
    try:
        expression = re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise UsageProblem(f"grep: bad regex '{given['e']}': {error}", 2) from None
    lines = "".join(texts).splitlines()
    matched = [
        (number, line) for number, line in enumerate(lines, 1) if bool(expression.search(line)) != ("v" in flags)
    ]
    if "q" not in flags:
        if "c" in flags:
            process.write(f"{len(matched)}\n")
        elif "o" in flags:
            process.write("".join(f"{one[0]}\n" for _, line in matched for one in expression.finditer(line)))
        else:
            process.write("".join(f"{number}:{line}\n" if "n" in flags else f"{line}\n" for number, line in matched))
    return 2 if code else int(not matched)


def sort(process: Process) -> int:
    """sort."""
    flags, given, paths = _flags(process, "nru", "kt")
    if given:
        raise not_emulated("sort", "-k")
    texts, code = _texts(process, paths)
    lines = "".join(texts).splitlines()
    if "n" in flags:
        lines.sort(key=lambda line: (_leading_number(line), line))
    else:
        lines.sort()
    if "r" in flags:
        lines.reverse()
    if "u" in flags:
        lines = list(dict.fromkeys(lines))
    process.write("".join(f"{line}\n" for line in lines))
    return code


def _leading_number(line: str) -> float:
    found = re.match(r"\s*-?\d+(\.\d+)?", line)
    return float(found[0]) if found else 0.0


def uniq(process: Process) -> int:
    """uniq."""
    flags, _, paths = _flags(process, "cdu")
    texts, code = _texts(process, paths)
    groups: list[tuple[str, int]] = []
    for line in "".join(texts).splitlines():
        if groups and groups[-1][0] == line:
            groups[-1] = (line, groups[-1][1] + 1)
        else:
            groups.append((line, 1))
    for line, count in groups:
        if ("d" in flags and count == 1) or ("u" in flags and count > 1):
            continue
        process.write(f"{count:7d} {line}\n" if "c" in flags else f"{line}\n")
    return code


def wc(process: Process) -> int:
    """wc."""
    flags, _, paths = _flags(process, "lwc")
    texts, code = _texts(process, paths)
    text = "".join(texts)
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode())}
    wanted = [kind for kind in "lwc" if kind in flags or not flags]
    name = f" {paths[0]}" if len(paths) == 1 else ""
    if len(wanted) == 1:
        process.write(f"{counts[wanted[0]]}{name}\n")
    else:
        process.write(" ".join(f"{counts[kind]:9d}" for kind in wanted) + f"{name}\n")
    return code


def seq(process: Process) -> int:
    """seq."""
    separator = "\n"
    words = list(process.arguments)
    if words[:1] == ["-s"] and len(words) > 1:
        separator, words = words[1], words[2:]
    if not 1 <= len(words) <= 3:
        raise UsageProblem("Usage: seq [-s SEP] [FIRST [INC]] LAST")
    numbers = [_number(process, word) for word in words]
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        step = numbers[1]
    if step == 0:
        raise UsageProblem("seq: increment 0 never ends; the embedded cluster's shell refuses it")
    values = range(first, last + (1 if step > 0 else -1), step)
    if len(values) > 100_000:
        raise UsageProblem("seq: more than 100000 numbers are not emulated by the embedded cluster")
    if values:
        process.write(separator.join(str(value) for value in values) + "\n")
    return 0


def cut(process: Process) -> int:
    """cut."""
    _, given, paths = _flags(process, "", "dfc")
    texts, code = _texts(process, paths)
    kind = "c" if "c" in given else "f"
    if kind not in given:
        raise UsageProblem("cut: expected a list of bytes, characters, or fields")
    wanted = _ranges(process, given[kind])
    delimiter = given.get("d", "\t")
    for line in "".join(texts).splitlines():
        pieces = list(line) if kind == "c" else line.split(delimiter)
        if kind == "f" and len(pieces) == 1:
            process.write(f"{line}\n")
            continue
        kept = [piece for index, piece in enumerate(pieces, 1) if any(low <= index <= high for low, high in wanted)]
        process.write(("" if kind == "c" else delimiter).join(kept) + "\n")
    return code


def _ranges(process: Process, text: str) -> list[tuple[int, int]]:
    found = []
    for piece in text.split(","):
        low, dash, high = piece.partition("-")
        start = _number(process, low or "1")
        found.append((start, _number(process, high or "1000000") if dash else start))
    return found


def tr(process: Process) -> int:
    """tr."""
    flags, _, words = _flags(process, "d")
    text = process.stdin.rest()
    sets = [_characters(word) for word in words]
    if "d" in flags and len(sets) == 1:
        process.write("".join(one for one in text if one not in sets[0]))
        return 0
    if len(sets) != 2:
        raise UsageProblem("Usage: tr [-d] STRING1 [STRING2]")
    padded = sets[1] + sets[1][-1:] * len(sets[0])
    process.write(text.translate({ord(one): other for one, other in zip(sets[0], padded, strict=False)}))
    return 0


def _characters(text: str) -> str:
    text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    return re.sub(r"(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), text)


def tee(process: Process) -> int:
    """tee."""
    flags, _, paths = _flags(process, "a")
    text = process.stdin.rest()
    process.write(text)
    code = 0
    for path in paths:
        problem = process.session.write(path, text, append="a" in flags)
        if problem:
            process.complain(f"tee: {path}: {problem}")
            code = 1
    return code


TOOLS: dict[str, Tool] = {
    "cat": cat,
    "head": head,
    "tail": tail,
    "grep": grep,
    "egrep": grep,
    "sort": sort,
    "uniq": uniq,
    "wc": wc,
    "seq": seq,
    "cut": cut,
    "tr": tr,
    "tee": tee,
}
