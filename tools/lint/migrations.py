#!/usr/bin/env python3
"""Holds new migrations to docs/migrations.md: for as long as a rollout takes, programs of the release before work on the schema of this one, so a
migration adds. What takes away, renames or tightens is refused, unless the line above the statement says why the release before bears it:

    -- beside: nobody has read it since 0024
    ALTER TABLE berth.step DROP COLUMN note;

or the file raises berth.installation.serves_from_step, and so turns older programs away."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIRST_JUDGED = 27                # those before were there before anything was released
BEARS = re.compile(r"^--\s*beside:\s*(\S.*)$", re.M)
REASON_BYTES = 12                # shorter ones give none

# One token: what may hold a semicolon or a keyword without being one.
TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1|;|[^-/'\"$;]+|.", re.S)

NAME = r"(?:[\w\"]+\.)?[\w\"]+"


class Statement:
    def __init__(self, comments, text, bodies, line):
        self.comments, self.bodies, self.line = comments, bodies, line
        self.text = re.sub(r"\s+", " ", text).strip()
        said = BEARS.findall(comments)
        self.reason = said[-1].strip() if said else None


def statements(sql, first_line=1):
    """Each with the comments before it; in its text dollar-quoted bodies are $$, for they are `bodies`."""
    comments, text, bodies, line, begun = "", "", [], first_line, None
    for token in TOKEN.finditer(sql):
        word = token[0]
        if word.startswith("--") or word.startswith("/*"):
            comments += word + "\n" if begun is None else ""
        elif word == ";":
            if begun is not None:
                yield Statement(comments, text, bodies, begun)
            comments, text, bodies, begun = "", "", [], None
        else:
            if begun is None and word.strip():
                begun = line + word[:len(word) - len(word.lstrip())].count("\n")
            if token[1]:
                bodies.append(word[len(token[1]):-len(token[1])])
            text += "$$" if token[1] else word
        line += word.count("\n")
    if begun is not None:
        yield Statement(comments, text, bodies, begun)


def split(text):
    """Parts between commas that are in no parenthesis."""
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [one.strip() for one in [*parts, part] if one.strip()]


def plain(name):
    return name.replace('"', "").removeprefix("berth.").lower()


def signature(head):
    """Name and types of the arguments that a caller gives, of CREATE FUNCTION's text; and whether some have a default."""
    found = re.match(rf"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) ({NAME}) ?\((.*)", head, re.I)
    if not found:
        return None
    depth, inside = 1, ""
    for letter in found[2]:
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            break
        inside += letter
    types, defaults = [], False
    for one in split(inside):
        defaults = defaults or bool(re.search(r"\bDEFAULT\b|=", one, re.I))
        one = re.sub(r"\s*(\bDEFAULT\b|=).*", "", one, flags=re.I)
        words = one.split()
        if words and words[0].upper() == "OUT":
            continue
        if words and words[0].upper() in ("IN", "INOUT", "VARIADIC"):
            words = words[1:]
        types.append(" ".join(words[1:] if len(words) > 1 else words).lower())
    return plain(found[1]), tuple(types), defaults


class History:
    """What the migrations before have made, as far as a name can be taken away or meant otherwise."""

    def __init__(self):
        self.functions = {}      # name -> the argument types of each

    def add(self, sql):
        for one in statements(sql):
            made = signature(one.text)
            if made:
                self.functions.setdefault(made[0], set()).add(made[1])


def of_new_columns(action, added):
    """A check that speaks of columns alone that come with it: rows of the release before leave them as they are by themselves."""
    check = re.search(r"\bCHECK ?\((.*)\)", action, re.I)
    words = re.findall(r"\b[a-z_]\w*\b(?! ?\()", re.sub(r"'(?:[^']|'')*'", "", check[1]).lower()) if check else ["-"]
    return set(words) - {"is", "not", "null", "and", "or", "between", "in", "true", "false", "text", "array", "any"} <= added


def alters(action, made_here, table, dropped, added):
    """Why the release before does not bear one action of ALTER TABLE; none where it does."""
    upper = action.upper()
    if re.match(r"DROP (COLUMN )?(IF EXISTS )?(?!CONSTRAINT\b|EXPRESSION\b|IDENTITY\b)", upper) and not upper.startswith("DROP CONSTRAINT"):
        return "a column is taken away"
    if upper.startswith("RENAME") and not upper.startswith("RENAME CONSTRAINT"):
        return "something is renamed"
    if re.match(r"ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b", upper):
        return "a column's type is another"
    if re.match(r"ALTER (COLUMN )?\S+ SET NOT NULL", upper):
        return "a column must not be NULL any more"
    if re.match(r"ALTER (COLUMN )?\S+ DROP (DEFAULT|IDENTITY|EXPRESSION)", upper):
        return "a column loses what it has by itself"
    if re.match(r"ADD (COLUMN )?(?!CONSTRAINT\b|CHECK\b|UNIQUE\b|PRIMARY\b|FOREIGN\b|EXCLUDE\b)", upper):
        if "NOT NULL" in upper and not re.search(r"\bDEFAULT\b|\bGENERATED\b", upper):
            return "a column is added that has to be written, and has no default"
        if re.search(r"\bUNIQUE\b|\bPRIMARY KEY\b", upper):
            return "a column is added that has to be unique"
        return None
    if upper.startswith("ADD") and table not in made_here and not of_new_columns(action, added):
        name = re.match(rf"ADD CONSTRAINT ({NAME})", action, re.I)
        again = name and plain(name[1]) in dropped
        return "a constraint takes the place of another: say what it lets in besides" if again else "rows are held to a constraint that is new"
    if upper.startswith(("SET SCHEMA", "OWNER TO")):
        return "it is elsewhere, or somebody else's"
    return None


def breaks(text, made_here, history, dropped):
    """Why the release before does not bear a statement."""
    upper = text.upper()
    found = re.match(r"DROP (TABLE|VIEW|MATERIALIZED VIEW|FUNCTION|PROCEDURE|TYPE|DOMAIN|SEQUENCE|SCHEMA|ROLE|AGGREGATE|RULE|POLICY|EXTENSION)\b", upper)
    if found:
        return f"a {found[1].lower()} is taken away"
    if upper.startswith("TRUNCATE"):
        return "rows are taken away"
    table = re.match(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?({NAME}) (.*)", text, re.I)
    if table:
        actions = split(table[2])
        added = {plain(found[1]) for one in actions if (found := re.match(r"ADD (?:COLUMN )?(?:IF NOT EXISTS )?([\w\"]+)", one, re.I))}
        return next((why for one in actions if (why := alters(one, made_here, plain(table[1]), dropped, added))), None)
    if re.match(r"ALTER (?!INDEX|DEFAULT|TABLE)", upper) and re.search(r"\bRENAME\b|\bSET SCHEMA\b|\bOWNER TO\b|\bDROP\b", upper):
        return "something is renamed or somebody else's"
    if re.match(r"ALTER DOMAIN .*(ADD|SET NOT NULL)", upper):
        return "values are held to a rule that is new"
    unique = re.match(rf"CREATE UNIQUE INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(?:{NAME} )?ON (?:ONLY )?({NAME})", text, re.I)
    if unique and plain(unique[1]) not in made_here:
        return "rows are held to be unique"
    if upper.startswith("REVOKE"):
        what = re.search(rf"\bON (?:TABLE |FUNCTION |PROCEDURE |SEQUENCE |SCHEMA )?({NAME})", text, re.I)
        return None if what and plain(what[1]) in made_here else "a right is taken away"
    made = signature(text)
    if made:
        name, types, defaults = made
        others = history.functions.get(name, set()) - {types}
        if others and types not in history.functions[name]:
            return f"{name} has other arguments beside those of {sorted(others)[0]}: give the new one a name of its own" if defaults or any(
                len(one) == len(types) for one in others) else None
    return None


def made_by(sql):
    """Names of tables and functions that a file makes itself: nobody before it knows them."""
    tables = re.findall(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?({NAME})", sql, re.I)
    views = re.findall(rf"CREATE VIEW ({NAME})", sql, re.I)
    functions = re.findall(rf"CREATE FUNCTION ({NAME})", sql, re.I)
    return {plain(name) for name in tables + views + functions}


def faults(name, sql, history):
    number = int(name[:4])
    if re.search(rf"\bserves_from_step\s*=\s*{number}\b", sql):
        return []
    known = {plain(one) for one in history.functions}
    made_here = made_by(sql) - known
    dropped = {plain(one) for one in re.findall(rf"DROP CONSTRAINT (?:IF EXISTS )?({NAME})", sql, re.I)}
    found = []
    for one in statements(sql):
        inside = [(inner, one) for body in one.bodies for inner in statements(body)] if one.text.upper().startswith("DO ") else []
        for part, outer in [(one, one), *inside]:
            text = re.sub(r"^(?:DECLARE.*?)?BEGIN ", "", part.text, flags=re.I)
            why = breaks(text, made_here, history, dropped)
            reason = part.reason or outer.reason
            if why and (reason is None or len(reason) < REASON_BYTES):
                found.append(f"db/migrations/{name}:{outer.line}: {why}: {text[:90]}")
    return found


def main():
    history, found, judged = History(), [], 0
    for path in sorted((ROOT / "db" / "migrations").glob("*.sql")):
        sql = path.read_text()
        if int(path.name[:4]) >= FIRST_JUDGED:
            judged += 1
            found += faults(path.name, sql, history)
        history.add(sql)
    found += faults("9999_next_release.sql", (ROOT / "test" / "rolling" / "next_release.sql").read_text(), history)
    if found:
        print("\n".join(found))
        print("a program of the release before works beside it (docs/migrations.md); in two releases it goes, or `-- beside: WHY` above it says why it is borne")
        return 1
    print(f"migrations: {judged} new ones leave the release before what it uses")
    return 0


if __name__ == "__main__":
    sys.exit(main())
