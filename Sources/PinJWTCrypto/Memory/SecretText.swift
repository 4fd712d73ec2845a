/// Secret text under construction, in guarded memory: what a private key is written into.
public struct SecretText: ~Copyable {
  private var storage: SecretBytes
  public private(set) var count = 0

  public init(capacity: Int = 512) throws(Failure) {
    storage = try SecretBytes.make(count: capacity)
  }

  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { storage.bytes.extracting(first: count) }
  }

  public mutating func append(_ byte: UInt8) throws(Failure) {
    try reserve(1)
    var target = storage.mutableBytes
    target[count] = byte
    count += 1
  }

  public mutating func append(bytes: borrowing Span<UInt8>) throws(Failure) {
    try reserve(bytes.count)
    var target = storage.mutableBytes
    for index in bytes.indices { target[count + index] = bytes[index] }
    count += bytes.count
  }

  public mutating func append(text: StaticString) throws(Failure) {
    var fixed: [UInt8] = []
    fixed.append(text: text)
    try append(bytes: fixed.span)
  }

  /// Makes room for `more` bytes; the storage that was too small is wiped as it is released.
  private mutating func reserve(_ more: Int) throws(Failure) {
    guard more > storage.count - count else { return }
    let larger = try SecretBytes.make(count: (count + more) * 2)
    var target = larger.mutableBytes
    let old = storage
    let source = old.bytes
    for index in 0..<count { target[index] = source[index] }
    storage = larger
  }
}
