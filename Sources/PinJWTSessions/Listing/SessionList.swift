import PinJWTCore
import PinJWTCrypto
import PinJWTStores

extension Sessions {
  /// The live sessions of a user, as JSON; `current` is the sid of the one that asks.
  public func list(_ user: borrowing Span<UInt8>, current: borrowing Span<UInt8>) throws(Failure) -> [UInt8] {
    let user = try Given.text(user, 1...256, "user")
    let current = try Given.text(current, 0...64, "current")
    let rows = try store.list(
      Listing(space: space, tag: Names.tag(user, in: space), user: user, limit: 1000))
    var json: [UInt8] = [UInt8(ascii: "[")]
    for row in rows {
      if json.count > 1 { json.append(UInt8(ascii: ",")) }
      append(row, isCurrent: row.sid == current, to: &json)
    }
    json.append(UInt8(ascii: "]"))
    return json
  }

  private func append(_ row: Session, isCurrent: Bool, to json: inout [UInt8]) {
    append("{\"sid\":", row.sid, to: &json)
    append(",\"client\":", row.client, to: &json)
    append(",\"device\":", row.device, to: &json)
    append(",\"address\":", row.address, to: &json)
    append(",\"agent\":", row.agent, to: &json)
    append(",\"created\":", row.created / 1000, to: &json)
    append(",\"last_used\":", row.rotated / 1000, to: &json)
    append(",\"expires\":", row.idleEnd / 1000, to: &json)
    append(",\"refreshes\":", row.generation, to: &json)
    json.append(text: isCurrent ? ",\"current\":true}" : ",\"current\":false}")
  }

  private func append(_ name: StaticString, _ text: [UInt8], to json: inout [UInt8]) {
    json.append(text: name)
    json.append(jsonString: text.span)
  }

  private func append(_ name: StaticString, _ number: Int64, to json: inout [UInt8]) {
    json.append(text: name)
    json.append(decimal: number)
  }

  /// What the store and the process hold, as JSON.
  public func statistics() throws(Failure) -> [UInt8] {
    let counts = try store.statistics(space: space)
    var json: [UInt8] = []
    append("{\"live\":", counts.live, to: &json)
    append(",\"revoked\":", counts.revoked, to: &json)
    append(",\"expired\":", counts.expired, to: &json)
    append(",\"denials\":", counts.denials, to: &json)
    append(",\"consumed\":", counts.consumed, to: &json)
    append(",\"copied\":", Int64(denials.count), to: &json)
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// Removes up to `limit` rows that no answer needs any more.
  public func purge(limit: Int) throws(Failure) -> Progress {
    guard (1...100_000).contains(limit) else {
      throw Failure(.argument, "limit", "The argument limit must be from 1 to 100000, not \(limit).")
    }
    return try store.purge(
      Purge(space: space, retain: 86_400_000, grace: Sessions.longestGrace &* 1000, limit: limit))
  }
}
