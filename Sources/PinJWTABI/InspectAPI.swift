// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CPinJWT
import PinJWTCore
import PinJWTCrypto
import PinJWTStoreABI

@_cdecl("pinjwt_lint")
@implementation
public func pinjwt_lint(
  _ text: UnsafePointer<CChar>?, _ text_len: Int, _ now: Int64, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let text = try unsafe PinJWTStoreABI.text(text, text_len, "text")
    let output = try unsafe Output(buf, cap, len)
    let report = try Lint.report(unsafe text.span, at: try time(now))
    try output.write(report.span)
  }
}

@_cdecl("pinjwt_inspect_unverified")
@implementation
public func pinjwt_inspect_unverified(
  _ token: UnsafePointer<CChar>?, _ token_len: Int, _ buf: UnsafeMutablePointer<CChar>?, _ cap: Int,
  _ len: UnsafeMutablePointer<Int>?, _ err: UnsafeMutablePointer<pinjwt_error>?
) -> pinjwt_status {
  unsafe answer(err) { () throws(Failure) in
    let token = try unsafe text(token, token_len, "token")
    let output = try unsafe Output(buf, cap, len)
    let json = try Inspection.inspect(unsafe token.span)
    try output.write(json.span)
  }
}
