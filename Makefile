# Every target is one verb of scripts/bootstrap.py, which needs nothing but a Python 3.11 or newer.
# `make test ARGS="-k approval"` hands arguments on; `make run PORT=9000 PYTHON=python3.13` sets what it says.
PYTHON ?= python3
ARGS ?=

.PHONY: run test check slow bench lock

run test check slow bench lock:
	@$(PYTHON) scripts/bootstrap.py $@ $(ARGS)
