// swift-tools-version: 6.3
import PackageDescription

// The trait makes the build without the Swift runtime: `swift build -c release --traits Embedded`.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("Embedded", .when(traits: ["Embedded"])),
]

let package = Package(
  name: "pinjwt",
  products: [
    .library(name: "pinjwt", type: .dynamic, targets: ["PinJWTABI"]),
    .library(name: "pinjwt_sqlite", type: .dynamic, targets: ["PinJWTSQLite"]),
    .library(name: "pinjwt_postgres", type: .dynamic, targets: ["PinJWTPostgres"]),
    .library(name: "pinjwt_redis", type: .dynamic, targets: ["PinJWTRedis"]),
    .executable(name: "pinjwt-tool", targets: ["PinJWTTool"]),
  ],
  traits: [
    .trait(name: "Tool", description: "Builds the command-line tool."),
    .default(enabledTraits: ["Tool"]),
    .trait(name: "Embedded", description: "Builds without the Swift runtime, as the shipped library is."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .target(name: "PinJWTCrypto", dependencies: ["COpenSSL", "CPOSIX", "CSodium"], swiftSettings: strict),
    .target(name: "PinJWTCore", dependencies: ["PinJWTCrypto"], swiftSettings: strict),
    .target(name: "PinJWTFiles", dependencies: ["PinJWTCore", "PinJWTCrypto"], swiftSettings: strict),
    .target(name: "PinJWTStores", dependencies: ["CPOSIX", "PinJWTCrypto"], swiftSettings: strict),
    .target(
      name: "PinJWTSessions", dependencies: ["PinJWTCore", "PinJWTCrypto", "PinJWTStores"], swiftSettings: strict),
    .systemLibrary(name: "CPinJWT"),
    .systemLibrary(name: "CPOSIX"),
    .target(
      name: "PinJWTABI",
      dependencies: [
        "CPinJWT", "CPOSIX", "PinJWTCore", "PinJWTCrypto", "PinJWTFiles", "PinJWTSessions", "PinJWTStoreABI",
        "PinJWTStores",
      ],
      exclude: ["exports.map"],
      swiftSettings: strict + [.enableExperimentalFeature("CImplementation")]),
    .target(
      name: "PinJWTStoreABI", dependencies: ["CPOSIX", "CPinJWT", "PinJWTCrypto", "PinJWTStores"], swiftSettings: strict
    ),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CLibSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "PinJWTSQLite",
      dependencies: ["CPinJWT", "CPOSIX", "CSQLite", "PinJWTCrypto", "PinJWTStoreABI", "PinJWTStores"],
      swiftSettings: strict + [.enableExperimentalFeature("CImplementation")]),
    .target(
      name: "PinJWTPostgres",
      dependencies: ["CPinJWT", "CPOSIX", "CPostgres", "PinJWTCrypto", "PinJWTStoreABI", "PinJWTStores"],
      swiftSettings: strict + [.enableExperimentalFeature("CImplementation")]),
    .target(
      name: "PinJWTRedis",
      dependencies: ["CHiredis", "CLibSSL", "CPinJWT", "CPOSIX", "PinJWTCrypto", "PinJWTStoreABI", "PinJWTStores"],
      swiftSettings: strict + [.enableExperimentalFeature("CImplementation")],
      linkerSettings: [.linkedLibrary("hiredis")]),
    .executableTarget(
      name: "PinJWTTool",
      dependencies: [
        "CPinJWT", "PinJWTCore", "PinJWTCrypto", "PinJWTFiles", "PinJWTSessions", "PinJWTStoreABI", "PinJWTStores",
        .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Tool"])),
      ], path: "Sources/pinjwt", exclude: ["manual.py", "ruff.toml"],
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)]),
    .testTarget(
      name: "PinJWTCryptoTests", dependencies: ["PinJWTCrypto"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "PinJWTFilesTests", dependencies: ["PinJWTFiles", "PinJWTCore", "PinJWTCrypto"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "PinJWTCoreTests", dependencies: ["PinJWTCore", "PinJWTCrypto"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "PinJWTSQLiteTests", dependencies: ["PinJWTSQLite", "PinJWTStores", "PinJWTCrypto"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "PinJWTSessionsTests", dependencies: ["PinJWTSessions", "PinJWTStores", "PinJWTCore", "PinJWTCrypto"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
  ]
)
