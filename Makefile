# Everything that a person, or CI, does with tsunagari. Needs Python 3.11 or newer and make; nothing else.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PY := .venv/bin/python
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check setup setup-dev pins messages vendor clean

help:
	@echo 'make run        サイトを動かす / run the site on http://127.0.0.1:8000'
	@echo 'make test       すべてのテスト / every test'
	@echo 'make test-fast  速いテストだけ / the quick tests'
	@echo 'make check      書き方・型・層・翻訳の検査 / lint, types, layers, migrations, translations'
	@echo 'make messages   翻訳ファイルに新しい文を加える / add new strings to the catalogues'
	@echo 'make pins       ライブラリの版を決め直す / resolve the pinned versions again'
	@echo 'make bench-NAME 計測 bench/NAME.py / a measurement'

run: setup
	@exec $(PY) -m tsunagari run

test: setup-dev
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadgroup $(ARGS)

test-fast: setup-dev
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadgroup -m 'not slow and not browser' $(ARGS)

check: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m djlint --lint --quiet tsunagari
	$(PY) -m tsunagari manage makemigrations --check --dry-run
	$(PY) -m tsunagari.core.runtime.catalogues check

setup:
	@if [ -z '$(PYTHON)' ]; then \
		echo 'Python 3.11 以上が見つかりません。https://www.python.org/ から入れてください。' >&2; \
		echo 'No Python 3.11 or newer found. Install one from https://www.python.org/.' >&2; exit 1; fi
	@$(PYTHON) tsunagari/core/runtime/install.py requirements.txt

setup-dev: setup
	@$(PYTHON) tsunagari/core/runtime/install.py requirements-dev.txt

pins:
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt

messages: setup
	$(PY) -m tsunagari.core.runtime.catalogues update

vendor:
	sh tools/vendor.sh

bench-%: setup-dev
	$(PY) -m bench.$* $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var/static var/static.stamp var/test
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
