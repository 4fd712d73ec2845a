import PinJWTCore
import PinJWTCrypto

/// What can be said of a key without giving anything secret away.
struct KeyDescription {
  private let key: Key
  private let isPrivate: Bool
  private let components: PublicComponents?

  /// `isPrivate` is false where only the public half is spoken of.
  init(_ key: Key, isPrivate: Bool? = nil) throws(Failure) {
    self.key = key
    self.isPrivate = isPrivate ?? key.material.isPrivate
    components = try key.material.publicComponents()
  }

  var algorithm: String { text(key.algorithm.name) }
  var id: String { String(decoding: key.id.array, as: UTF8.self) }
  private var thumbprint: String { String(decoding: key.thumbprint, as: UTF8.self) }

  private var type: String {
    switch components {
    case .rsa: "RSA"
    case .ec: "EC"
    case .okp: "OKP"
    case nil: "oct"
    }
  }

  private var curve: String? {
    switch components {
    case .ec(let curve, _, _): text(curve.name)
    case .okp(let curve, _): text(curve.name)
    case .rsa, nil: nil
    }
  }

  /// The size of what has no curve.
  private var bits: Int? {
    if case .rsa(let n, _) = components { return n.count * 8 - (n.first?.leadingZeroBitCount ?? 0) }
    if case .hmac(let key) = key.material { return key.secret.count * 8 }
    return nil
  }

  private var canSign: Bool { isPrivate && key.canSign }

  var json: JSONTree {
    var members: [JSONTree.Member] = [("kty", .string(type))]
    if let curve { members.append(("crv", .string(curve))) }
    if let bits { members.append(("bits", .number(String(bits)))) }
    members.append(("alg", .string(algorithm)))
    if !id.isEmpty { members.append(("kid", .string(id))) }
    if !key.thumbprint.isEmpty { members.append(("thumbprint", .string(thumbprint))) }
    members.append(("private", .literal(String(isPrivate))))
    members.append(("can_sign", .literal(String(canSign))))
    members.append(("can_verify", .literal(String(key.canVerify))))
    return .object(members)
  }

  var rows: [(String, String)] {
    let kind = components == nil ? "secret" : isPrivate ? "private key" : "public key"
    var rows = [("kind", "\(kind) (\(type))"), ("algorithm", algorithm)]
    if let curve { rows.append(("curve", curve)) }
    if let bits { rows.append(("size", "\(bits) bits")) }
    rows.append(("kid", id.isEmpty ? "none" : id))
    if !key.thumbprint.isEmpty { rows.append(("thumbprint", thumbprint)) }
    let uses = [canSign ? "sign" : nil, key.canVerify ? "verify" : nil].compactMap { $0 }
    rows.append(("can", uses.joined(separator: ", ")))
    return rows
  }

  private func text(_ name: StaticString) -> String { String(decoding: bytes(of: name), as: UTF8.self) }
}

/// Names and values below each other; the values may come from anyone.
func table(_ rows: [(String, String)], _ style: Style) -> String {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.map { name, value in
    style.paint(name, .name) + String(repeating: " ", count: width - name.count + 2) + escapingInvisible(value) + "\n"
  }.joined()
}
