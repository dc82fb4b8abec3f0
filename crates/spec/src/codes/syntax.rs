//! Pages of PT1001 to PT1008: the text itself.

use super::*;

pub(super) const PAGES: &[CodePage] = &[
    error(
        SYNTAX,
        "not YAML",
        "The document is YAML 1.2. Reading stops where the text is no longer YAML, so this is the one problem that hides others.",
        document!("cluster: { version: stable"),
        "Look at the underlined place and the lines above it: indentation by spaces, a colon and a space after each key, closed quotes and brackets.",
    ),
    error(
        ONE_DOCUMENT,
        "not one document",
        "A platform is exactly one YAML document. An empty file says nothing, and a second document after `---` would be overlooked.",
        document!("---", "platform: another"),
        "Remove `---` and what follows, or keep it in a file of its own.",
    ),
    error(
        TOO_LARGE,
        "too large or too deep",
        "A document has at most 1 MiB, 64 levels, and 100,000 values once its aliases are written out. Real ones are far below; what is above is a mistake or an attack, and is refused before it can use up memory.",
        document!(
            "apps:",
            "  web:",
            "    image: { repository: ghcr.io/example-org/web, tag: \"1\" }",
            "    values:",
            "      a: &a [ x, x, x, x, x, x, x, x, x, x ]",
            "      b: &b [ *a, *a, *a, *a, *a, *a, *a, *a, *a, *a ]",
            "      c: &c [ *b, *b, *b, *b, *b, *b, *b, *b, *b, *b ]",
            "      d: &d [ *c, *c, *c, *c, *c, *c, *c, *c, *c, *c ]",
            "      e: [ *d, *d, *d, *d, *d, *d, *d, *d, *d, *d ]"
        ),
        "Check that it is the right file. Write what is meant instead of aliases of aliases, and keep charts' large values in the chart.",
    ),
    error(
        NOT_TEXT,
        "not UTF-8",
        "The document is a text in UTF-8. (In this example � stands for the byte 0xE9, an é of Latin-1.)",
        document!("# caf�"),
        "Save the file as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8 platform.yaml",
    ),
    error(
        DUPLICATE,
        "a key twice",
        "A key may stand once in a mapping. Many readers of YAML silently take the last one, and the first is lost.",
        document!("ingress: { controller: gateway }", "ingress: { controller: traefik }"),
        "Keep one of them, with everything that belongs to it.",
    ),
    error(
        NOTHING,
        "a key with nothing after it",
        "In YAML a key with nothing after it is null, which is nearly always a line that was never finished or is indented wrongly.",
        document!("cluster:", "  version:", "  highAvailability: true"),
        "Write a value, or remove the line. An empty mapping is `{}`, an empty list `[]`.",
    ),
    error(
        TAG,
        "a YAML tag",
        "Types follow from the key. Tags such as `!!str` or `!include` are not part of the language.",
        document!("cluster: { version: !!str stable }"),
        "Remove the tag. For text that looks like a number, write quotes.",
    ),
    error(
        KEY,
        "a key that is no word",
        "Keys are words. A mapping or list as a key is usually a brace or bracket that should be in quotes.",
        document!("cluster: { [a, b]: stable, version: stable }"),
        "Write a word and a colon, or put text with `{` or `[` in quotes.",
    ),
];
