/// Puts a reply together from what the reader calls out, in its order: the elements of an array follow it.
final class ReplyBuilder {
  /// An array whose elements are still to come.
  private struct Open {
    var elements: [Reply]
    var missing: Int
  }

  /// More than any answer of ours has, and little enough for memory.
  static let mostElements = 1 << 20
  private static let deepest = 8

  private var open: [Open] = []
  private var elements = 0
  private(set) var complete: Reply?

  func reset() {
    open = []
    elements = 0
    complete = nil
  }

  /// Whether it could be taken.
  func add(_ reply: Reply) -> Bool {
    elements += 1
    guard elements <= ReplyBuilder.mostElements else { return false }
    close(reply)
    return true
  }

  /// An array of so many elements, which follow.
  func begin(_ count: Int) -> Bool {
    guard count >= 0, count <= ReplyBuilder.mostElements - elements, open.count < ReplyBuilder.deepest else {
      return false
    }
    guard count > 0 else { return add(.array([])) }
    elements += 1
    open.append(Open(elements: [], missing: count))
    return true
  }

  private func close(_ reply: Reply) {
    var reply = reply
    while var innermost = open.popLast() {
      innermost.elements.append(reply)
      innermost.missing -= 1
      guard innermost.missing == 0 else {
        open.append(innermost)
        return
      }
      reply = .array(innermost.elements)
    }
    complete = reply
  }
}
