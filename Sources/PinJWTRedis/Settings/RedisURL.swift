import PinJWTCrypto

/// What a URL says: `redis://[user[:password]@]host[:port][,host[:port]...][/db][?option=value&...]`, or `rediss://` for
/// TLS.
///
/// It is read strictly, and no message shows any of it: a password that was not percent-encoded can end up anywhere.
struct RedisURL: Sendable {
  var nodes: [NodeAddress] = []
  var isTLS = false
  /// Empty for the default user.
  var user: [UInt8] = []
  var password: SecretBytes?
  var database: Int64 = 0
  var options = RedisOptions()

  static let longest = 8192
  private static let mostNodes = 64
  private static let longestCredential = 1024

  init(_ text: borrowing Span<UInt8>) throws(Failure) {
    guard text.count <= RedisURL.longest else {
      throw RedisURL.refusal("The URL has over \(RedisURL.longest) bytes; shorten it.")
    }
    let start = try readScheme(text)
    let rest = text.extracting(start...)
    guard rest.position(of: "#", from: 0) == nil else {
      throw RedisURL.refusal("The URL has a fragment; write # as %23.")
    }
    let query = rest.position(of: "?", from: 0) ?? rest.count
    let path = min(rest.position(of: "/", from: 0) ?? query, query)
    try readAuthority(rest.extracting(0..<path))
    try readDatabase(rest.extracting(path..<query))
    if query < rest.count { try options.read(rest.extracting((query + 1)...)) }
    try readPasswordFile()
    try check()
  }

  /// Where it ends.
  private mutating func readScheme(_ text: borrowing Span<UInt8>) throws(Failure) -> Int {
    if text.starts(with: "redis://") { return 8 }
    guard text.starts(with: "rediss://") else {
      throw RedisURL.refusal("The URL must begin by redis:// or, for TLS, by rediss://.")
    }
    isTLS = true
    return 9
  }

  private mutating func readAuthority(_ text: borrowing Span<UInt8>) throws(Failure) {
    guard let at = text.position(of: "@", from: 0) else { return try readNodes(text) }
    guard text.position(of: "@", from: at + 1) == nil else {
      throw RedisURL.refusal("The URL has more than one @ before its path; write @ in a password as %40.")
    }
    try readCredentials(text.extracting(0..<at))
    try readNodes(text.extracting((at + 1)...))
  }

  private mutating func readCredentials(_ text: borrowing Span<UInt8>) throws(Failure) {
    let colon = text.position(of: ":", from: 0)
    let name = try PercentText.decode(text.extracting(0..<(colon ?? text.count)))
    guard name.count <= RedisURL.longestCredential else {
      throw RedisURL.refusal("The user in the URL has over \(RedisURL.longestCredential) bytes.")
    }
    user = name
    guard let colon else {
      guard !name.isEmpty else { throw RedisURL.refusal("The URL has an @ with neither user nor password before it.") }
      return
    }
    guard text.position(of: ":", from: colon + 1) == nil else {
      throw RedisURL.refusal("The URL has two colons before its @; write : in a password as %3A.")
    }
    let secret = try PercentText.decodeSecret(text.extracting((colon + 1)...))
    guard (1...RedisURL.longestCredential).contains(secret.count) else {
      throw RedisURL.refusal("The password in the URL is empty or has over \(RedisURL.longestCredential) bytes.")
    }
    password = secret
  }

  private mutating func readNodes(_ text: borrowing Span<UInt8>) throws(Failure) {
    var start = 0
    while start <= text.count {
      let end = text.position(of: ",", from: start) ?? text.count
      guard let node = NodeAddress(url: text.extracting(start..<end)) else {
        throw RedisURL.refusal(
          "A host in the URL is not a name, an IPv4 address or [IPv6 address], with :port from 1 to 65535 or without.")
      }
      guard nodes.count < RedisURL.mostNodes else {
        throw RedisURL.refusal("The URL has over \(RedisURL.mostNodes) hosts; a few to begin with are enough.")
      }
      nodes.append(node)
      start = end + 1
    }
  }

  private mutating func readDatabase(_ text: borrowing Span<UInt8>) throws(Failure) {
    guard text.count > 1 else { return }
    guard let number = text.extracting(1...).decimal(upTo: 65535) else {
      throw RedisURL.refusal("The path of the URL must be the number of a database, such as /0, or be left out.")
    }
    database = number
  }

  private mutating func readPasswordFile() throws(Failure) {
    guard let path = options.passwordFile else { return }
    guard password == nil else {
      throw RedisURL.refusal("The URL has both a password and a password_file; leave one of them out.")
    }
    let file = try SecretFile.read(path, limit: RedisURL.longestCredential + 2)
    try file.requireOwnersAlone(rootMayShare: true)
    let bytes = file.bytes
    var count = bytes.count
    if count > 0, bytes.bytes[count - 1] == UInt8(ascii: "\n") { count -= 1 }
    if count > 0, bytes.bytes[count - 1] == UInt8(ascii: "\r") { count -= 1 }
    guard (1...RedisURL.longestCredential).contains(count) else {
      throw Failure(
        .argument, "password_file",
        "The file of the option password_file holds no password or one of over \(RedisURL.longestCredential) bytes.")
    }
    password = try SecretBytes.make(copying: bytes.bytes.extracting(first: count))
  }

  /// What does not go together.
  private func check() throws(Failure) {
    if nodes.count > 1, !options.isCluster {
      throw RedisURL.refusal("The URL has several hosts, which only a cluster has; add cluster=1 or leave one host.")
    }
    if database != 0, options.isCluster {
      throw RedisURL.refusal("The URL names a database of a cluster, which has the database 0 only.")
    }
    if options.caFile != nil, !isTLS {
      throw RedisURL.refusal("The URL has a ca_file but no TLS; begin it by rediss://.")
    }
    if !user.isEmpty, password == nil {
      throw RedisURL.refusal("The URL has a user without a password; add it, or a password_file.")
    }
  }

  static func refusal(_ message: Sentence) -> Failure { Failure(.argument, "url", message) }
}
