"""Checks a log against its schema: log_schema.py SCHEMA LOG FIELD=PATTERN...

Every line must conform; and in one line each field must match its pattern (fnmatch), of a number
its JSON.
"""

import fnmatch
import json
import sys

import jsonschema


def matches(record, wanted):
    return all(
        name in record
        and fnmatch.fnmatchcase(
            record[name] if isinstance(record[name], str) else json.dumps(record[name]),
            pattern,
        )
        for name, pattern in wanted
    )


def main(schema_path, log_path, *fields):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    with open(log_path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    assert text.endswith("\n"), text[-200:]
    records = [json.loads(line) for line in text.split("\n")[:-1]]
    for record in records:
        validator(schema).validate(record)
    wanted = [field.split("=", 1) for field in fields]
    if not any(matches(record, wanted) for record in records):
        sys.exit(f"no line with {fields} among {len(records)}:\n{text[-3000:]}")


main(*sys.argv[1:])
