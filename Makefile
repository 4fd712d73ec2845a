# `make` builds the library as it ships, into build/; `make demo` and `make test` install what they need first.
.PHONY: all demo test lint format install dependencies test-dependencies library test-swift test-c test-python bench clean

VERSION = 0.1.0
SONAME = libpinjwt.so.0
PREFIX ?= /usr/local
DESTDIR ?=
VENV ?= build/venv

LINK = -Xswiftc -use-ld=lld -Xswiftc -Osize -Xlinker --version-script=Sources/PinJWTABI/exports.map -Xlinker -soname=$(SONAME) \
  -Xlinker -z -Xlinker defs -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro -Xlinker --gc-sections

all: library

# The library without the Swift runtime, its links, header and pkg-config file.
library: dependencies
	swift build -c release --traits Embedded --product pinjwt --scratch-path .build-embedded $(LINK)
	mkdir -p build/lib/pkgconfig build/include
	install -m 755 .build-embedded/release/libpinjwt.so build/lib/libpinjwt.so.$(VERSION)
	strip --strip-unneeded build/lib/libpinjwt.so.$(VERSION)
	ln -sf libpinjwt.so.$(VERSION) build/lib/$(SONAME)
	ln -sf $(SONAME) build/lib/libpinjwt.so
	install -m 644 include/*.h build/include
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' include/pinjwt.pc.in >build/lib/pkgconfig/pinjwt.pc

dependencies:
	@command -v swift >/dev/null || { echo "Swift 6.3 is missing: install it from https://www.swift.org/install and run this again." >&2; exit 1; }
	@[ -e /usr/include/sodium.h ] && [ -e /usr/include/openssl/evp.h ] || { apt-get update -qq && apt-get install -y -qq libssl-dev libsodium-dev; }
