"""What goes wrong in the text of a file before it is a pipeline at all."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

_YAML = "https://yaml.org/spec/1.2.2/"
_YAML_1_1 = "https://yaml.org/type/"
_LIMITS = "schemas/REFERENCE.md#limits"

RULES: tuple[Rule, ...] = (
    Rule(
        "YM01",
        "duplicate-key",
        "error",
        "A key is given twice in one mapping.",
        "Most YAML readers keep the last value in silence, so that half of what is written does nothing. Take one of"
        " the two away, or give it the name that was meant.",
        """
newest:
  type: latest_model
  group: flowers
  group: fruits  # <-
""",
        """
newest:
  type: latest_model
  group: flowers
newest_fruits:
  type: latest_model
  group: fruits
""",
        f"{_YAML}#3213-node-comparison",
        "run",
        fixed=True,
    ),
    Rule(
        "YM02",
        "unquoted-template",
        "error",
        "A template in double braces stands without quotes.",
        "An opening brace begins a mapping in YAML, so the template never becomes text. Put the whole value in double"
        " quotes.",
        """
params: {group: flowers}
steps:
  newest:
    type: latest_model
    group: {{ params.group }}  # <-
""",
        """
params: {group: flowers}
steps:
  newest:
    type: latest_model
    group: "{{ params.group }}"
""",
        f"{_YAML}#742-flow-mappings",
        "run",
        fixed=True,
    ),
    Rule(
        "YM03",
        "yes-or-no",
        "warning",
        "A plain `yes`, `no`, `on` or `off` stands where a text is wanted.",
        "It stays the text that it is, and is not made true or false: a container that looks for `true` does not find"
        " it. Readers of the older YAML 1.1 take the same word for true or false. Write true or false if that is"
        " meant, and put the word in quotes if it is a word.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  environment: {USE_CACHE: yes}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  environment: {USE_CACHE: true, ANSWER: "yes"}
""",
        f"{_YAML_1_1}bool.html",
        "run",
    ),
    Rule(
        "YM04",
        "number-of-another-kind",
        "warning",
        "A number is written in a way that YAML 1.1 reads otherwise: 010, 1:30, 1_000 or 0b11.",
        "Here 010 is ten and the others are texts, and texts are sent as they are written: an algorithm that is given"
        " 1_000 does not take it for a thousand. Readers of YAML 1.1 see 8, 90, 1000 and 3. Write the number in plain"
        " digits, or put it in quotes if it is a text.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  environment: {MAX_ROWS: 1_000}  # <-
""",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  environment: {MAX_ROWS: 1000, STARTS_AT: "1:30"}
""",
        f"{_YAML_1_1}int.html",
        "run",
    ),
    Rule(
        "YM05",
        "wrong-space",
        "error",
        "A tab or a non-breaking space stands where YAML wants a plain space.",
        "Both look like spaces in an editor; a tab is no indentation in YAML, and a non-breaking space becomes part of"
        " the word beside it. They come from editors, chats and web pages: type plain spaces instead.",
        "newest:\n  type: latest_model\n\tgroup: flowers  # <-\n",
        'newest:\n  type: latest_model\n  description: "a\ttab"\n  group: flowers\n',
        f"{_YAML}#61-indentation-spaces",
        "run",
        fixed=True,
    ),
    Rule(
        "YM06",
        "alias-bomb",
        "error",
        "Aliases expand to more values than a pipeline may have.",
        "Aliases of aliases grow a few lines into millions of values, which would take all memory of whatever reads the"
        " file. Write the values out, or use each alias once.",
        """
vars:
  a: &a [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
  d: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]  # <-
steps:
  newest: {type: latest_model, group: flowers}
""",
        """
vars:
  a: &a [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
steps:
  newest: {type: latest_model, group: flowers}
""",
        "ran PyYAML 6.0.3 with 377 bytes of aliases: it ended in MemoryError",
        "run",
        fixed=True,
    ),
    Rule(
        "YM07",
        "deep-nesting",
        "error",
        "Values are nested more than 40 levels deep.",
        "Nothing in a pipeline is nested like that, and deep nesting makes some YAML readers crash. Usually a bracket"
        " was held down or a file was damaged.",
        f"""
decide:
  type: python
  function: features.count
  arguments: {{uri: {"[" * 40}{"]" * 40}}}  # <-
""",
        f"""
decide:
  type: python
  function: features.count
  arguments: {{uri: {"[" * 30}{"]" * 30}}}
""",
        "ran PyYAML 6.0.3: its C reader crashes at a depth of 100,000, its Python reader at 500",
        "run",
        fixed=True,
    ),
    Rule(
        "YM08",
        "key-not-text",
        "error",
        "A key is a number, true, false, null, a list or a mapping.",
        "Everything that a pipeline calls by name is called by a text, and AWS and JSON know no other keys. Put the key"
        " in quotes.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  target: species
  classes: {1: 0, two: 1}  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  target: species
  classes: {"1": 0, two: 1}
""",
        f"{_YAML}#10311-tags",
        "run",
        fixed=True,
    ),
    Rule(
        "YM09",
        "dash-without-space",
        "warning",
        "A dash without a space after it stands at the beginning of a line, where a list was meant.",
        "Only a dash and a space begin an item of a list: `-b` is text, and lines like it become one text together."
        " Write a space after each dash, or put the text in quotes if it begins with a dash.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  columns:
    - length
      -width  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  columns:
    - length
    - -width
""",
        f"{_YAML}#821-block-sequences",
        "run",
    ),
    Rule(
        "YM10",
        "date-as-text",
        "warning",
        "A plain date stands where a text is wanted.",
        "It stays the text that is written, and a function or a container that expects a date has to read it. Readers"
        " of YAML 1.1 make a date of it. Put it in quotes.",
        """
clean:
  type: process
  image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
  environment: {SINCE: 2026-01-31}  # <-
""",
        """
start_date: 2026-01-31
steps:
  clean:
    type: process
    image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/clean:1
    environment: {SINCE: "2026-01-31", MONTH: 2026-01}
""",
        f"{_YAML_1_1}timestamp.html",
        "run",
    ),
    Rule(
        "YM11",
        "yaml-syntax",
        "error",
        "The file is not valid YAML.",
        "Nothing can be read from it. Mostly a quote or a bracket is not closed, a text that contains `: ` is not in"
        " quotes, or a line is indented wrongly; the place named is where the reader gave up, and the mistake may"
        " stand just before it.",
        """
newest:
  type: latest_model
  description: The newest one: that which is approved  # <-
  group: flowers
""",
        """
newest:
  type: latest_model
  description: "The newest one: that which is approved"
  group: flowers
""",
        _YAML,
        "run",
        fixed=True,
    ),
    Rule(
        "YM12",
        "encoding",
        "error",
        "The file is not UTF-8 text, or holds control characters.",
        "Other encodings turn letters beyond ASCII into something else without a word. Save the file as UTF-8, and take"
        " control characters out.",
        source=f"{_YAML}#51-character-set",
        verified="run",
        fixed=True,
    ),
    Rule(
        "YM13",
        "empty-file",
        "error",
        "The file is empty, or has nothing but comments.",
        "Every file below `pipelines/` becomes a DAG, and there is nothing to make one of. Begin with `name:` and"
        " `steps:`, or delete the file.",
        source="schemas/REFERENCE.md#a-pipeline-file",
        verified="run",
        fixed=True,
    ),
    Rule(
        "YM14",
        "several-documents",
        "error",
        "The file holds more than one YAML document.",
        "A line of three dashes begins a new document, and one file is one pipeline. Put the second into a file of its"
        " own.",
        """
name: example
steps:
  newest: {type: latest_model, group: flowers}
---  # <-
name: another
steps:
  newest: {type: latest_model, group: fruits}
""",
        """
---
name: example
steps:
  newest: {type: latest_model, group: flowers}
""",
        f"{_YAML}#9-document-stream-productions",
        "run",
        fixed=True,
    ),
    Rule(
        "YM15",
        "yaml-tag",
        "error",
        "A value has a YAML tag, such as `!!python/name`.",
        "Tags make some readers run code; here no tag means anything. Write the plain value.",
        """
newest:
  type: latest_model
  group: !!python/name:os.getcwd flowers  # <-
""",
        """
newest:
  type: latest_model
  description: "!important"
  group: flowers
""",
        f"{_YAML}#682-tag-directives",
        "run",
        fixed=True,
    ),
    Rule(
        "YM16",
        "merge-key",
        "error",
        "A merge key (`<<`) is used.",
        "Merge keys are an extra of YAML 1.1 and not part of YAML 1.2. Fields that several steps share belong in"
        " `defaults:`, values in `vars:`.",
        """
steps:
  newest: &newest {type: latest_model, group: flowers, approval: any}
  newest_fruits:
    <<: *newest  # <-
    group: fruits
""",
        """
defaults:
  latest_model: {approval: any}
steps:
  newest: {type: latest_model, group: flowers}
  newest_fruits: {type: latest_model, group: fruits}
""",
        f"{_YAML_1_1}merge.html",
        "run",
        fixed=True,
    ),
    Rule(
        "YM17",
        "unknown-alias",
        "error",
        "An alias has no anchor before it.",
        "`*name` repeats the value that was marked with `&name` further up in the same file. Correct the name, or put"
        " the value in quotes if its star is a star.",
        """
newest:
  type: latest_model
  group: *flowers  # <-
""",
        """
older:
  type: latest_model
  group: &flowers flowers
newest:
  type: latest_model
  group: *flowers
""",
        f"{_YAML}#71-alias-nodes",
        "run",
        fixed=True,
    ),
    Rule(
        "YM18",
        "missing-space",
        "error",
        "A space is missing after a colon.",
        "`train:0.7` is one word to YAML and not a key with a value. Write a space after the colon.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {train:0.7, test: 0.3}  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {"train":0.7, test: 0.3}
""",
        f"{_YAML}#733-plain-style",
        "run",
        fixed=True,
    ),
    Rule(
        "YM19",
        "decimal-comma",
        "error",
        "A number is written with a decimal comma.",
        "A comma separates the entries of a list or a mapping, so 0,7 is two of them. Write a point.",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {train: 0,7, test: 0.3}  # <-
""",
        """
data_prep:
  type: prepare
  dataset: https://example.com/flowers.csv
  split: {train: 0.7, test: 0.3}
""",
        f"{_YAML}#742-flow-mappings",
        "run",
        fixed=True,
    ),
    Rule(
        "YM20",
        "file-too-large",
        "error",
        "The file has more than 1 MB or 50,000 values, or a text in it more than 64 KB.",
        "Every pipeline is read again and again while Airflow runs, and stored in its database. Split the pipeline, or"
        " put large texts into files of their own.",
        source=_LIMITS,
        verified="run",
        fixed=True,
    ),
    Rule(
        "YM21",
        "unreadable-file",
        "error",
        "The file cannot be read: it is missing, a folder, a link to nowhere, or not permitted.",
        "Airflow would see the same and have no pipeline. Mend the link or the permissions, and give folders names that"
        " do not end in .yaml.",
        source="ran `mlpipelines validate` on each of these",
        verified="run",
        fixed=True,
    ),
    Rule(
        "YM22",
        "conflict-marker",
        "error",
        "A conflict that git has left stands in the file.",
        "Two versions of the same lines stand one after the other, and nobody has chosen. Choose one and delete the"
        " marks.",
        """
name: example
steps:
  newest:
    type: latest_model
<<<<<<< HEAD  # <-
    group: flowers
=======
    group: fruits
>>>>>>> other
""",
        """
name: example
steps:
  newest:
    type: latest_model
    description: "<<<<<<< HEAD"
    group: flowers
""",
        "https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
        "run",
        fixed=True,
    ),
    Rule(
        "YM23",
        "unquoted-reference",
        "error",
        "A reference inside braces or brackets stands without quotes.",
        "Inside { } and [ ] a brace begins or ends a mapping, and cuts `${step.output}` in two. Put the reference in"
        " quotes there; on a line of its own it needs none.",
        """
newest: {type: latest_model, group: flowers}
approved: {type: approve, package: ${newest.arn}}  # <-
""",
        """
newest: {type: latest_model, group: flowers}
approved:
  type: approve
  package: ${newest.arn}
""",
        f"{_YAML}#733-plain-style",
        "run",
        fixed=True,
    ),
)
