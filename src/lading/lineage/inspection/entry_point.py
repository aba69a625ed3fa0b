"""What an image starts: whether it is there, may be run, and has the interpreter that it needs."""

from lading.image.file_list import FileKind
from lading.image.path import MAX_LINKS, normalise, parent
from lading.lineage.inspection.facts import EntryPoint
from lading.lineage.stack import Stack
from lading.oci.config import ImageConfig

# What Linux container engines take where the image does not say (moby, oci/defaults).
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find_entry_point(stack: Stack, config: ImageConfig) -> EntryPoint | None:
    """Look at the program that the image starts; None where it names none."""
    words = (*config.entrypoint, *config.cmd)
    if not words or not words[0]:
        return None
    program = words[0]
    path = _find(stack, config, program)
    if path is None:
        return EntryPoint(program, problem=f"there is no program {program} in the image")
    entry = stack.tree[path]
    if entry.kind is not FileKind.FILE:
        return EntryPoint(program, path, problem=f"{path} is a {entry.kind} and no program")
    if not entry.mode & 0o111:
        return EntryPoint(program, path, problem=f"nobody may run {path} (mode {entry.mode:04o})")
    interpreter = _interpreter(stack, path)
    return EntryPoint(program, path, interpreter, _trouble(stack, config, interpreter))


def path_through_links(stack: Stack, path: str) -> str | None:
    """The path of the file that a path means, every symbolic link followed; None where there is none."""
    meant = follow(stack, path)
    return meant if meant is not None and meant in stack.tree else None


def follow(stack: Stack, path: str) -> str | None:
    """The path that a path means, whether anything is there or not; None where links go round."""
    followed = 0
    done = ""
    pending = path.split("/")[::-1]
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = parent(done)
            continue
        here = f"{done}/{part}" if done else part
        entry = stack.at(here)
        # Directories that no layer lists are there all the same if something is in them.
        if entry is None or entry.kind is not FileKind.SYMBOLIC_LINK:
            done = here
            continue
        followed += 1
        if followed > MAX_LINKS:
            return None
        if entry.link.startswith("/"):
            done = ""
        pending.extend(entry.link.split("/")[::-1])
    return done


def _find(stack: Stack, config: ImageConfig, program: str) -> str | None:
    if "/" in program:
        full = program if program.startswith("/") else f"{config.working_dir}/{program}"
        path = normalise(full)
        return None if path is None else path_through_links(stack, path)
    search = next((each[5:] for each in config.env if each.startswith("PATH=")), _PATH)
    for folder in search.split(":"):
        inside = normalise(f"{folder}/{program}")
        path = path_through_links(stack, inside) if inside else None
        if path is not None and stack.tree[path].kind is FileKind.FILE:
            return path
    return None


def _interpreter(stack: Stack, path: str) -> str:
    links = stack.links_of(path)
    if links is not None:
        return links.interpreter
    layer = stack.layer_of[path]
    first = stack.tree[path].link or path
    return stack.bindings[layer].scripts.get(first, "")


def _trouble(stack: Stack, config: ImageConfig, interpreter: str) -> str:
    """Why the interpreter cannot be run. ``env`` of a script looks for the next word in the path."""
    if not interpreter:
        return ""
    words = interpreter.split()
    path = path_through_links(stack, words[0].strip("/"))
    if path is None:
        return f"its interpreter {words[0]} is not in the image"
    if not stack.tree[path].mode & 0o111:
        return f"its interpreter {words[0]} may not be run"
    rest = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if words[0].endswith("/env") and rest and _find(stack, config, rest[0]) is None:
        return f"its interpreter {rest[0]} is not in the image"
    return ""
