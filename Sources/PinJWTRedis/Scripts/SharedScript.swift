/// What all scripts begin by: reading and writing the row of a session.
///
/// A row is one text: a byte for its format; reason; generation, version and times, 8 bytes each; seal, nonce, current,
/// previous and jti, each behind a byte for its length; and, never changed, user, client, sid, claims, device, address and
/// agent, each behind two bytes. Numbers are big-endian and below 2^53, which Lua's numbers hold exactly.
///
/// Scripts first read and then write, so that one which fails on the way has written nothing. Keys that are not passed are
/// those of rows with the tag, and so in the slot, of the keys that are.
let sharedScript: StaticString = #"""
  local FORMAT = '>BBI8I8I8I8I8I8I8Bc0Bc0Bc0Bc0Bc0'
  local KEEP = 604800000
  local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local function read(row)
    local s, format, at = {}
    format, s.reason, s.generation, s.version, s.created, s.rotated, s.idle, s.stop, s.revoked, s.seal, s.nonce,
      s.current, s.previous, s.jti, at = struct.unpack(FORMAT, row)
    if format ~= 1 then error('a session row has a format of another version') end
    s.rest = string.sub(row, at)
    s.user, s.client, s.sid = struct.unpack('>I2c0I2c0I2c0', s.rest)
    return s
  end
  local function write(s)
    return struct.pack(FORMAT, 1, s.reason, s.generation, s.version, s.created, s.rotated, s.idle, s.stop, s.revoked,
      #s.seal, s.seal, #s.nonce, s.nonce, #s.current, s.current, #s.previous, s.previous, #s.jti, s.jti) .. s.rest
  end
  local function store(key, s, time)
    local row = write(s)
    redis.call('SET', key, row, 'PX', string.format('%.0f', math.max(s.idle - time, 0) + KEEP))
    return row
  end
  local function ended(s, time)
    return time >= s.idle or time >= s.stop
  end
  local function revoke(s, reason, time)
    s.revoked, s.reason, s.seal, s.nonce = time, reason, '', ''
  end
  local function version(key, user)
    return tonumber(redis.call('HGET', key, 'v' .. user) or 0)
  end

  """#
