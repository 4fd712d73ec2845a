/// The one error of the library: a status for programs, and for people what it concerns and one sentence.
///
/// It never holds key bytes, a token or a secret.
public struct Failure: Error, Sendable {
  public let status: Status
  /// The claim, header member, option or key part concerned; may be empty.
  public let what: Sentence
  /// What is wrong and what to do.
  public let message: Sentence

  public init(_ status: Status, _ what: Sentence, _ message: Sentence) {
    self.status = status
    self.what = what
    self.message = message
  }
}
