import PinJWTCrypto

/// What is done to the sessions of one user, each in one step.
struct SessionScripts: Sendable {
  let create: Script
  let rotate: Script
  let find: Script
  let revoke: Script
  let list: Script

  init() throws(Failure) {
    create = try Script(SessionScripts.createText)
    rotate = try Script(SessionScripts.rotateText)
    find = try Script(SessionScripts.findText)
    revoke = try Script(SessionScripts.revokeText)
    list = try Script(SessionScripts.listText)
  }

  /// KEYS: row, live, names, versions. ARGV: prefix of rows, member of `live`, sid, user, idle, absolute, cap, generation,
  /// current, previous, seal, nonce, jti, the unchanging rest of the row, and the members whose denials are written.
  ///
  /// Answers 0, the time and the members and rows that have to be denied first; or 1, the time, the row, and the members
  /// and rows that were displaced; or 2 where there is such a session already.
  private static let createText: StaticString = #"""
    local prefix, member, sid, user, cap = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[7])
    local time = now()
    if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HEXISTS', KEYS[3], sid) == 1 then return {2, time} end
    local s = {reason = 0, revoked = 0, generation = tonumber(ARGV[8]), current = ARGV[9], previous = ARGV[10],
      seal = ARGV[11], nonce = ARGV[12], jti = ARGV[13], rest = ARGV[14]}
    s.version, s.created, s.rotated, s.stop = version(KEYS[4], user), time, time, time + tonumber(ARGV[6])
    s.idle = math.min(time + tonumber(ARGV[5]), s.stop)
    local denied, live, displaced, idle = {}, {}, {}, {}
    for i = 15, #ARGV do denied[ARGV[i]] = true end
    for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, cap > 0 and -1 or 7)) do
      local row = redis.call('GET', prefix .. string.sub(other, 1, 24))
      local o = row and read(row)
      if not o or o.revoked ~= 0 or ended(o, time) then
        idle[#idle + 1] = {other, not o}
      elseif denied[other] then
        displaced[#displaced + 1] = {other, o}
      elseif o.user == user and s.version <= o.version then
        live[#live + 1] = {other, row}
      end
    end
    local answer = {0, time}
    for i = 1, cap > 0 and math.min(#live + 1 - cap, #live) or 0 do
      answer[#answer + 1] = live[i][1]
      answer[#answer + 1] = live[i][2]
    end
    if #answer > 2 then return answer end
    answer = {1, time, store(KEYS[1], s, time)}
    for _, other in ipairs(displaced) do
      revoke(other[2], 4, time)
      answer[#answer + 1] = other[1]
      answer[#answer + 1] = store(prefix .. string.sub(other[1], 1, 24), other[2], time)
      redis.call('ZREM', KEYS[2], other[1])
    end
    for _, other in ipairs(idle) do
      redis.call('ZREM', KEYS[2], other[1])
      if other[2] then redis.call('HDEL', KEYS[3], string.sub(other[1], 25)) end
    end
    redis.call('ZADD', KEYS[2], time, member)
    redis.call('HSET', KEYS[3], sid, string.sub(member, 1, 24))
    local left = s.stop - time + KEEP
    for i = 2, 3 do
      if redis.call('PTTL', KEYS[i]) < left then redis.call('PEXPIRE', KEYS[i], string.format('%.0f', left)) end
    end
    return answer
    """#

  /// KEYS: row, versions and, with the last two arguments, live. ARGV: generation, hash, client, next, seal, nonce, jti,
  /// grace, idle; and, where the verdict was one that revokes and the denial is written, that verdict and the member of
  /// `live`. The order of the checks is that of `Rotation.judge`.
  ///
  /// Answers the verdict, the time, the jti before, and the row as it is now. A verdict that revokes is answered first
  /// without writing.
  private static let rotateText: StaticString = #"""
    local row = redis.call('GET', KEYS[1])
    local time = now()
    if not row then return {4, time} end
    local s = read(row)
    local generation, grace, denied = tonumber(ARGV[1]), tonumber(ARGV[8]), tonumber(ARGV[10])
    local jti, elapsed, verdict = s.jti, time - s.rotated
    if s.client ~= ARGV[3] then
      verdict = 5
    elseif s.revoked ~= 0 then
      verdict = 6
    elseif ended(s, time) then
      verdict = 7
    elseif version(KEYS[2], s.user) > s.version then
      verdict = 8
    elseif generation == s.generation then
      verdict = s.current == ARGV[2] and 1 or 10
    elseif generation == s.generation + 1 then
      verdict = 3
    elseif generation > s.generation then
      verdict = 10
    elseif grace > 0 and elapsed <= grace and elapsed >= -grace and generation + 1 == s.generation
      and s.previous == ARGV[2] and s.seal ~= '' then
      verdict = 2
    else
      verdict = 9
    end
    if denied and verdict ~= 5 and verdict ~= 6 and verdict ~= 7 and verdict ~= 8 then
      verdict = denied
      revoke(s, verdict == 9 and 5 or 6, time)
      row = store(KEYS[1], s, time)
      redis.call('ZREM', KEYS[3], ARGV[11])
    elseif verdict == 1 or verdict == 3 then
      s.generation, s.previous, s.current, s.seal, s.nonce = generation + 1, ARGV[2], ARGV[4], ARGV[5], ARGV[6]
      s.jti, s.rotated, s.idle = ARGV[7], time, math.min(time + tonumber(ARGV[9]), s.stop)
      row = store(KEYS[1], s, time)
    end
    return {verdict, time, jti, row}
    """#

  /// KEYS: live, names. ARGV: prefix of rows, what to find (the first 24 characters of a member, a sid, or the sid not to
  /// find), user (empty for any), limit, and which of the three it is.
  ///
  /// Answers the time, whether there is such a session, whether there may be more to revoke, and the members and rows of
  /// those that are neither revoked nor past an end.
  private static let findText: StaticString = #"""
    local prefix, wanted, user, limit, kind = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
    local time = now()
    if kind ~= 'user' then
      local key = kind == 'selector' and wanted or redis.call('HGET', KEYS[2], wanted)
      local row = key and redis.call('GET', prefix .. key)
      if not row then return {time, 0, 0} end
      local s = read(row)
      if user ~= '' and s.user ~= user then return {time, 0, 0} end
      if s.revoked ~= 0 or ended(s, time) then return {time, 1, 0} end
      return {time, 1, 0, key .. s.sid, row}
    end
    local answer, idle, start = {time, 1, 0}, {}, 0
    repeat
      local members = redis.call('ZRANGE', KEYS[1], start, start + 199)
      for _, member in ipairs(members) do
        local row = redis.call('GET', prefix .. string.sub(member, 1, 24))
        local s = row and read(row)
        if not s or s.revoked ~= 0 or ended(s, time) then
          idle[#idle + 1] = member
        elseif s.user == user and s.sid ~= wanted then
          if #answer >= 3 + 2 * limit then
            answer[3] = 1
            break
          end
          answer[#answer + 1] = member
          answer[#answer + 1] = row
        end
      end
      start = start + 200
    until #members < 200 or answer[3] == 1
    for _, member in ipairs(idle) do redis.call('ZREM', KEYS[1], member) end
    return answer
    """#

  /// KEYS: live. ARGV: prefix of rows, reason, members. Answers the time and the members and rows that were revoked.
  private static let revokeText: StaticString = #"""
    local time, answer, changed = now(), {}, {}
    answer[1] = time
    for i = 3, #ARGV do
      local key = ARGV[1] .. string.sub(ARGV[i], 1, 24)
      local row = redis.call('GET', key)
      local s = row and read(row)
      if s and s.revoked == 0 and not ended(s, time) then changed[#changed + 1] = {ARGV[i], key, s} end
    end
    for _, c in ipairs(changed) do
      revoke(c[3], tonumber(ARGV[2]), time)
      answer[#answer + 1] = c[1]
      answer[#answer + 1] = store(c[2], c[3], time)
      redis.call('ZREM', KEYS[1], c[1])
    end
    return answer
    """#

  /// KEYS: live, versions. ARGV: prefix of rows, user, limit. Answers members and rows of the live sessions.
  private static let listText: StaticString = #"""
    local time, answer, start, limit = now(), {}, 0, tonumber(ARGV[3])
    local least = version(KEYS[2], ARGV[2])
    repeat
      local members = redis.call('ZRANGE', KEYS[1], start, start + 199)
      for _, member in ipairs(members) do
        local row = redis.call('GET', ARGV[1] .. string.sub(member, 1, 24))
        local s = row and read(row)
        if s and s.revoked == 0 and not ended(s, time) and s.user == ARGV[2] and least <= s.version
          and #answer < 2 * limit then
          answer[#answer + 1] = member
          answer[#answer + 1] = row
        end
      end
      start = start + 200
    until #members < 200 or #answer >= 2 * limit
    return answer
    """#
}
