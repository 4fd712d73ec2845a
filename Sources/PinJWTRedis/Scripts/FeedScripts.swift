import PinJWTCrypto

/// What is done to the feed, the versions of users and used keys.
///
/// The feed is a stream whose ids are the sequence numbers, and a hash with the epoch (e), the last sequence number (q)
/// and its mark (m). Numbers are given out and entries written in one step, so that none is seen before an earlier one.
struct FeedScripts: Sendable {
  let append: Script
  let read: Script
  let purge: Script
  let reserve: Script
  let raise: Script
  let consume: Script
  let schema: Script

  init() throws(Failure) {
    append = try Script(FeedScripts.appendText)
    read = try Script(FeedScripts.readText)
    purge = try Script(FeedScripts.purgeText)
    reserve = try Script(FeedScripts.reserveText)
    raise = try Script(FeedScripts.raiseText)
    consume = try Script(FeedScripts.consumeText)
    schema = try Script(FeedScripts.schemaText)
  }

  /// KEYS: hash, stream. ARGV: mark, keep, and for each entry its kind, value (8 bytes), until (0 for now and `keep`) and
  /// key. An entry is one text: kind, 8 bytes of mark, value, until, and the key.
  private static let appendText: StaticString = #"""
    local time, last = now(), tonumber(redis.call('HGET', KEYS[1], 'q') or 0)
    for i = 3, #ARGV, 4 do
      local until_ = tonumber(ARGV[i + 2])
      if until_ == 0 then until_ = time + tonumber(ARGV[2]) end
      last = last + 1
      redis.call('XADD', KEYS[2], string.format('%.0f-0', last), 'e',
        struct.pack('>B', tonumber(ARGV[i])) .. ARGV[1] .. ARGV[i + 1] .. struct.pack('>I8', until_) .. ARGV[i + 3])
    end
    redis.call('HSET', KEYS[1], 'q', string.format('%.0f', last), 'm', ARGV[1])
    return {last, time}
    """#

  /// KEYS: hash, stream. ARGV: epoch, sequence and mark of the position, limit, the epoch to be.
  ///
  /// Answers the time, the epoch, the last sequence ever and its mark, whether there are more, and ids and entries.
  private static let readText: StaticString = #"""
    -- A replica lags behind and would not tell of the latest denials: it refuses whoever writes.
    redis.call('HSET', KEYS[1], 'r', '')
    local time, meta = now(), redis.call('HMGET', KEYS[1], 'e', 'q', 'm')
    local epoch, last, mark = meta[1], meta[2] or '0', meta[3] or ''
    if not epoch then
      epoch = ARGV[5]
      redis.call('HSET', KEYS[1], 'e', epoch)
    end
    local from = '-'
    if ARGV[1] == epoch and ARGV[2] ~= '0' then
      local at = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
      local known = last == ARGV[2] and mark
      if at then known = string.sub(at[2][2], 2, 9) end
      if known == ARGV[3] then from = string.format('%.0f', tonumber(ARGV[2]) + 1) end
    end
    local limit = tonumber(ARGV[4])
    local entries = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', limit + 1)
    local answer = {time, epoch, last, mark, #entries > limit and 1 or 0}
    for i = 1, math.min(limit, #entries) do
      answer[#answer + 1] = entries[i][1]
      answer[#answer + 1] = entries[i][2][2]
    end
    return answer
    """#

  /// KEYS: stream. ARGV: the id to begin at, how many to look at, how many to remove at most. Answers how many were
  /// removed, and the id to go on at, which is empty at the end.
  private static let purgeText: StaticString = #"""
    local time, removed, most = now(), {}, tonumber(ARGV[3])
    local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', tonumber(ARGV[2]) + 1)
    local following = ''
    for i, entry in ipairs(entries) do
      if i > tonumber(ARGV[2]) or #removed == most then
        following = entry[1]
        break
      end
      if struct.unpack('>I8', entry[2][2], 18) <= time then removed[#removed + 1] = entry[1] end
    end
    for _, id in ipairs(removed) do redis.call('XDEL', KEYS[1], id) end
    return {#removed, following}
    """#

  /// KEYS: versions. ARGV: user. Answers the version to be, given to nobody else.
  private static let reserveText: StaticString = #"""
    local given = tonumber(redis.call('HGET', KEYS[1], 'r' .. ARGV[1]) or 0)
    given = math.max(given, version(KEYS[1], ARGV[1])) + 1
    redis.call('HSET', KEYS[1], 'r' .. ARGV[1], string.format('%.0f', given))
    return given
    """#

  /// KEYS: versions. ARGV: user, the version that was given.
  private static let raiseText: StaticString = #"""
    if version(KEYS[1], ARGV[1]) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'v' .. ARGV[1], ARGV[2]) end
    return 1
    """#

  /// KEYS: the used key. ARGV: until. Kept for an hour longer, for clocks that differ. Answers 1 at the first time, else 0.
  private static let consumeText: StaticString = #"""
    local left = math.max(tonumber(ARGV[1]) - now(), 0) + 3600000
    return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', string.format('%.0f', left)) and 1 or 0
    """#

  /// KEYS: the schema's number. Answers it, having set it where there is none.
  private static let schemaText: StaticString = #"""
    redis.call('SETNX', KEYS[1], ARGV[1])
    return redis.call('GET', KEYS[1])
    """#
}
