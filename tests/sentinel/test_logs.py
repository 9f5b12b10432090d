import json
import logging
import logging.config

import pytest

from sentinel import logs


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_foreign_text_forges_no_line(form: str) -> None:
    configured = logs.configuration("INFO", form)["formatters"]["event"]
    formatter = configured.pop("()")(**configured)
    record = logging.LogRecord("scans", logging.WARNING, "f", 1, "title: %s", ("a\r\nERROR forged\x1b[31m",), None)
    line = formatter.format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    if form == "json":
        assert json.loads(line)["level"] == "warning"


def test_the_configuration_is_one_logging_takes() -> None:
    logging.config.dictConfig({**logs.configuration("INFO", "json"), "incremental": False})
