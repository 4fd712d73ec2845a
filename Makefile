# `make` builds the library as it ships, into build/. `make demo` and `make test` install what they need first.
.PHONY: all library stores tool install demo demo-login test lint format dependencies test-dependencies test-swift test-threads \
  test-abi test-python test-stores test-login test-tool test-long store-dependencies bench bench-stores clean

VERSION = 0.1.0
STORES = sqlite postgres redis
SONAME = libpinjwt.so.0
PREFIX ?= /usr/local
DESTDIR ?=
MANUALS = share/man/man1
BASH_COMPLETIONS = share/bash-completion/completions
ZSH_COMPLETIONS = share/zsh/site-functions
FISH_COMPLETIONS = share/fish/vendor_completions.d
VENV = build/venv
PYTHON = $(VENV)/bin/python

# lld leaves out what is not used and, since each module has its own copy of what it uses of the others, folds what is the
# same; gold, the default, also exports local names.
LINK = -Xswiftc -use-ld=lld -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --icf=all \
  -Xlinker --version-script=Sources/PinJWTABI/exports.map \
  -Xlinker -z -Xlinker defs -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro -Xlinker --gc-sections

# The tool carries the Swift runtime inside and runs without a Swift installation.
TOOL_LINK = --static-swift-stdlib -Xswiftc -use-ld=lld \
  -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro -Xlinker --gc-sections

C_SOURCES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h' '*.cpp')
PYTHON_SOURCES = bindings/python Tests examples Benchmarks Sources/pinjwt

all: library stores tool

# The library without the Swift runtime, its links, its header and its pkg-config file.
library: dependencies
	swift build -c release --traits Embedded --product pinjwt --scratch-path .build-embedded $(LINK) \
	  -Xlinker -soname=$(SONAME)
	mkdir -p build/lib/pkgconfig build/include
	install -m 755 .build-embedded/release/libpinjwt.so build/lib/libpinjwt.so.$(VERSION)
	strip --strip-unneeded build/lib/libpinjwt.so.$(VERSION)
	ln -sf libpinjwt.so.$(VERSION) build/lib/$(SONAME)
	ln -sf $(SONAME) build/lib/libpinjwt.so
	install -m 644 include/*.h build/include
	sed 's|@VERSION@|$(VERSION)|' include/pinjwt.pc.in >build/lib/pkgconfig/pinjwt.pc

# The stores, each a library of its own with its own C library. The linker leaves out the core's where they are not used:
# the option has to stand before the libraries, where only clang's own variable puts it.
stores: library store-dependencies
	for store in $(STORES); do \
	  CCC_OVERRIDE_OPTIONS='# ^-Wl,--as-needed' swift build -c release --traits Embedded --product pinjwt_$$store --scratch-path .build-embedded $(LINK) \
	    -Xlinker -soname=libpinjwt_$$store.so.0 || exit 1; \
	  install -m 755 .build-embedded/release/libpinjwt_$$store.so build/lib/libpinjwt_$$store.so.$(VERSION); \
	  strip --strip-unneeded build/lib/libpinjwt_$$store.so.$(VERSION); \
	  ln -sf libpinjwt_$$store.so.$(VERSION) build/lib/libpinjwt_$$store.so.0; \
	  ln -sf libpinjwt_$$store.so.0 build/lib/libpinjwt_$$store.so; \
	done

# The command-line tool; its manual and its completions are made from the definitions of its arguments.
tool: dependencies
	swift build -c release --product pinjwt-tool --scratch-path .build-tool $(TOOL_LINK)
	mkdir -p build/bin $(addprefix build/,$(MANUALS) $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS))
	install -m 755 .build-tool/release/pinjwt-tool build/bin/pinjwt
	strip build/bin/pinjwt
	build/bin/pinjwt --experimental-dump-help | python3 Sources/pinjwt/manual.py $(VERSION) >build/$(MANUALS)/pinjwt.1
	build/bin/pinjwt --generate-completion-script bash >build/$(BASH_COMPLETIONS)/pinjwt
	build/bin/pinjwt --generate-completion-script zsh >build/$(ZSH_COMPLETIONS)/_pinjwt
	build/bin/pinjwt --generate-completion-script fish >build/$(FISH_COMPLETIONS)/pinjwt.fish

install: library stores tool
	mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	cp -P build/lib/libpinjwt*.so* $(DESTDIR)$(PREFIX)/lib
	install -m 644 build/include/*.h $(DESTDIR)$(PREFIX)/include
	install -m 644 build/lib/pkgconfig/pinjwt.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -D -m 755 build/bin/pinjwt $(DESTDIR)$(PREFIX)/bin/pinjwt
	for file in $(MANUALS)/pinjwt.1 $(BASH_COMPLETIONS)/pinjwt $(ZSH_COMPLETIONS)/_pinjwt $(FISH_COMPLETIONS)/pinjwt.fish; do \
	  install -D -m 644 build/$$file $(DESTDIR)$(PREFIX)/$$file || exit 1; \
	done

# The first look: a token issued, verified and refused, from C and from Python.
demo: library
	@mkdir -p build/demo
	$(CC) -std=c99 -Wall -Wextra examples/c/quickstart.c -o build/demo/quickstart \
	  -Ibuild/include -Lbuild/lib -lpinjwt -Wl,-rpath,'$$ORIGIN/../lib'
	@echo "--- examples/c/quickstart.c"
	@build/demo/quickstart
	@echo "--- examples/python/quickstart.py"
	@PYTHONPATH=bindings/python/src python3 examples/python/quickstart.py

# The second look: a web login with sessions, on http://127.0.0.1:8000, until it is stopped.
demo-login: library
	$(MAKE) stores STORES=sqlite
	@[ -e build/login/installed ] || { python3 -m venv build/login && build/login/bin/python -m pip install -q \
	  --disable-pip-version-check -r examples/login-service/requirements.txt && touch build/login/installed; }
	PYTHONPATH=bindings/python/src build/login/bin/python examples/login-service/main.py --demo --data build/login-data

# Everything that CI runs.
test: test-dependencies lint test-swift test-threads library stores test-abi test-python test-stores test-login test-tool

test-swift: store-dependencies
	swift test

# What changes while others read it, under ThreadSanitizer.
test-threads: store-dependencies
	swift test --sanitize thread --scratch-path .build-threads --filter "KeySetTests|JWKSSourceTests|KeyRingFileTests|DenialsTests"

test-abi: library stores test-dependencies
	CC=$(CC) sh Tests/abi/run.sh

test-python: library stores test-dependencies
	$(PYTHON) -m pytest -q Tests/attacks Tests/interop Tests/cabi Tests/jwks
	cd bindings/python && ../../$(PYTHON) -m pytest -q

# The conformance suite on every store, and what is each store's own, on servers that the tests start.
test-stores: library stores test-dependencies
	$(PYTHON) -m pytest -q Tests/stores
	$(PYTHON) -m pytest -q Tests/sqlite
	$(PYTHON) -m pytest -q Tests/postgres
	$(PYTHON) -m pytest -q Tests/redis

# The web login, over HTTP on each store and in a browser.
test-login: library stores test-dependencies
	$(PYTHON) -m pytest -q Tests/login

test-tool: tool stores test-dependencies
	$(PYTHON) -m pytest -q Tests/tool

lint: test-dependencies
	swift format lint --strict --recursive Package.swift Sources Tests
	clang-format --dry-run -Werror $(C_SOURCES)
	$(VENV)/bin/ruff check --quiet $(PYTHON_SOURCES)
	$(VENV)/bin/ruff format --check --quiet $(PYTHON_SOURCES)
	cd bindings/python && ../../$(VENV)/bin/mypy
	MYPYPATH=bindings/python/src:Tests/attacks $(VENV)/bin/mypy --strict Tests/attacks
	MYPYPATH=bindings/python/src:Tests/interop $(VENV)/bin/mypy --strict Tests/interop
	MYPYPATH=bindings/python/src:Tests/jwks $(VENV)/bin/mypy --strict Tests/jwks
	for store in stores sqlite postgres redis; do \
	  MYPYPATH=bindings/python/src:Tests/stores:Tests/postgres:Tests/redis:Tests/$$store $(VENV)/bin/mypy --strict Tests/$$store || exit 1; \
	done
	MYPYPATH=bindings/python/src:examples/login-service $(VENV)/bin/mypy --strict examples/login-service
	MYPYPATH=bindings/python/src:Tests/login:Tests/redis:Tests/postgres $(VENV)/bin/mypy --strict Tests/login
	MYPYPATH=Tests/cabi $(VENV)/bin/mypy --strict Tests/cabi
	MYPYPATH=bindings/python/src:Tests/tool $(VENV)/bin/mypy --strict Tests/tool
	$(VENV)/bin/mypy --strict Sources/pinjwt/manual.py

format:
	swift format --in-place --recursive Package.swift Sources Tests
	clang-format -i $(C_SOURCES)
	$(VENV)/bin/ruff format $(PYTHON_SOURCES)

# Nanoseconds per call beside the raw operation of libcrypto and libsodium, in one run.
bench: library
	$(MAKE) -C Benchmarks

# Rotations per second of each store beside the raw statement on the same rows.
bench-stores: library stores test-dependencies
	$(MAKE) -C Benchmarks stores

# What takes too long for `make test`: 200 kills and more on SQLite, 5000 forks among handshakes with Redis, and 500 rounds
# of 64 threads on each store.
test-long: library stores test-dependencies
	PINJWT_LONG=1 $(PYTHON) -m pytest -q Tests/sqlite
	PINJWT_LONG=1 $(PYTHON) -m pytest -q Tests/redis/test_life.py
	ROUNDS=500 $(PYTHON) -m pytest -q Tests/stores/test_contention.py

dependencies:
	@command -v swift >/dev/null || { echo "Swift 6.3 is missing: install it from https://www.swift.org/install and run this again." >&2; exit 1; }
	@for file in /usr/include/sodium.h /usr/include/openssl/evp.h /usr/bin/cc /usr/bin/c++ /usr/bin/git /usr/bin/python3; do \
	  [ -e $$file ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libssl-dev libsodium-dev gcc g++ libc6-dev git python3; break; }; \
	done

store-dependencies: dependencies
	@for file in /usr/include/sqlite3.h /usr/include/postgresql/libpq-fe.h /usr/include/hiredis/hiredis.h; do \
	  [ -e $$file ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libsqlite3-dev libpq-dev \
	    libhiredis-dev; break; }; \
	done

test-dependencies: dependencies store-dependencies
	@for tool in clang-format valgrind g++ openssl pkg-config curl-config redis-server pg_createcluster chromedriver faketime; do \
	  command -v $$tool >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq clang-format valgrind g++ openssl pkg-config libcurl4-openssl-dev python3-venv redis-server postgresql chromium chromium-driver faketime; break; }; \
	done
	@[ -e $(VENV)/installed ] && cmp -s Tests/requirements.txt $(VENV)/installed || { \
	  python3 -m venv $(VENV) && $(PYTHON) -m pip install -q --disable-pip-version-check -r Tests/requirements.txt \
	  && cp Tests/requirements.txt $(VENV)/installed; }

clean:
	rm -rf build .build .build-embedded .build-threads .build-tool
