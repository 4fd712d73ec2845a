import PinJWTCrypto

/// What is done to single rows that a walk through all of them came upon.
struct UpkeepScripts: Sendable {
  let sweep: Script
  let purge: Script

  init() throws(Failure) {
    sweep = try Script(UpkeepScripts.sweepText)
    purge = try Script(UpkeepScripts.purgeText)
  }

  /// KEYS: row, live. ARGV: the first 24 characters of its member, before. Answers 1 where the session was revoked, else 0.
  private static let sweepText: StaticString = #"""
    local row = redis.call('GET', KEYS[1])
    local s, time = row and read(row), now()
    if not s or s.revoked ~= 0 or s.created >= tonumber(ARGV[2]) then return 0 end
    revoke(s, 7, time)
    store(KEYS[1], s, time)
    redis.call('ZREM', KEYS[2], ARGV[1] .. s.sid)
    return 1
    """#

  /// KEYS: row, live, names. ARGV: the first 24 characters of its member, retain, grace. Answers 1 where the row was
  /// removed or its seal erased, else 0.
  private static let purgeText: StaticString = #"""
    local row = redis.call('GET', KEYS[1])
    local s, time = row and read(row), now()
    if not s then return 0 end
    if time - tonumber(ARGV[2]) >= math.min(s.idle, s.stop) then
      redis.call('DEL', KEYS[1])
      redis.call('ZREM', KEYS[2], ARGV[1] .. s.sid)
      redis.call('HDEL', KEYS[3], s.sid)
      return 1
    end
    if s.seal == '' or time - s.rotated <= tonumber(ARGV[3]) then return 0 end
    s.seal, s.nonce = '', ''
    store(KEYS[1], s, time)
    return 1
    """#
}
