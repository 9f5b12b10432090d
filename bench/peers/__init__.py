"""The tools from npm that bench.compare measures this project against, pinned by package-lock.json."""
