import PinJWTCore
import PinJWTCrypto

/// What a host can set. Immutable: a change makes another one.
final class SessionSettings: Sendable {
  /// In seconds.
  let idle: Int64
  let absolute: Int64
  let grace: Int64
  /// The most sessions of a user; 0 for any number.
  let limit: Int64
  let peppers: PepperRing
  let eventHandler: EventHandler?

  init(
    idle: Int64 = 1_209_600, absolute: Int64 = 7_776_000, grace: Int64 = 10, limit: Int64 = 20,
    peppers: PepperRing, eventHandler: EventHandler? = nil
  ) {
    self.idle = idle
    self.absolute = absolute
    self.grace = grace
    self.limit = limit
    self.peppers = peppers
    self.eventHandler = eventHandler
  }

  /// These settings with some replaced.
  func with(
    idle: Int64? = nil, absolute: Int64? = nil, grace: Int64? = nil, limit: Int64? = nil,
    peppers: PepperRing? = nil, eventHandler: EventHandler? = nil
  ) -> SessionSettings {
    SessionSettings(
      idle: idle ?? self.idle, absolute: absolute ?? self.absolute, grace: grace ?? self.grace,
      limit: limit ?? self.limit, peppers: peppers ?? self.peppers,
      eventHandler: eventHandler ?? self.eventHandler)
  }
}
