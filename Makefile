.PHONY: test lint dependencies embedded

# Everything that CI runs; installs what is missing.
test: dependencies lint embedded
	swift test

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

embedded: dependencies
	swift build -c release --traits Embedded --target PinJWTCrypto --scratch-path .build-embedded

dependencies:
	@command -v swift >/dev/null || { echo "Swift 6.3 is missing: install it from https://www.swift.org/install and run this again." >&2; exit 1; }
	@[ -e /usr/include/sodium.h ] && [ -e /usr/include/openssl/evp.h ] || { apt-get update -qq && apt-get install -y -qq libssl-dev libsodium-dev; }
