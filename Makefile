# Each target runs the script of the same name, which also works without make.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.PHONY: help run test check env stop bench torture
export ARGS

help:
	@echo 'make run     build, fill an empty shop with the demo catalog, serve on PORT (8080)'
	@echo 'make test    every test; some: make test ARGS="cart"'
	@echo 'make torture the crash test in full: TORTURE_ROUNDS (20) of each kind of crash'
	@echo 'make check   formatting, lints, architecture'
	@echo 'make bench   the measurements of docs/performance.md'
	@echo 'make env     DATABASE_URL and REDIS_URL for this shell: eval "$$(make -s env)"'
	@echo 'make stop    stop the PostgreSQL and Redis of this checkout'

run:
	@exec script/run

test:
	@exec script/test

torture:
	@exec script/torture

check:
	@exec script/check

bench:
	@exec script/bench

env:
	@exec script/env

stop:
	@exec script/services stop
