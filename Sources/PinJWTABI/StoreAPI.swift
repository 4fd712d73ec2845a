// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCrypto
import PinJWTStoreABI
import PinJWTStores

@_cdecl("pinjwt_session_judge")
@implementation
public func pinjwt_session_judge(
  _ request: UnsafePointer<pinjwt_rotate_request>?, _ row: UnsafePointer<pinjwt_session_row>?, _ user_version: Int64,
  _ now: Int64, _ answer: UnsafeMutablePointer<pinjwt_rotate_answer>?, _ write: pinjwt_session_sink?,
  _ write_context: UnsafeMutableRawPointer?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe PinJWTStoreABI.answer(err) { () throws(Failure) in
    let request = try unsafe needed(request, "request")
    let answer = try unsafe needed(answer, "answer")
    guard let write = unsafe write else {
      throw Failure(.argument, "write", "The argument write is NULL, and a function is needed.")
    }
    guard unsafe answer.pointee.session != nil else {
      throw Failure(.argument, "answer", "The answer's session is NULL; hand on the answer as it came.")
    }
    do throws(Malformed) {
      let rotation = try unsafe take(request.pointee)
      let session = unsafe try row.map { (row) throws(Malformed) in unsafe try take(row) }
      let rotated = rotation.judge(session, userVersion: try take(user_version), at: try take(now))
      if rotated.verdict.writes, let changed = rotated.session { unsafe handOut(changed, write, write_context) }
      unsafe fill(&answer.pointee, rotated)
    } catch {
      throw Failure(
        .argument, "row", "The request, the row, the version or the time is not as pinjwt_sessions.h describes it.")
    }
  }
}
