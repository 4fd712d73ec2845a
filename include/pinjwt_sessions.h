/*
 * pinjwt: the rest of a token's life. Sessions are families of refresh tokens (RFC 6749 section 6) that
 * rotate at each use; access tokens are JWTs (RFC 9068) that live minutes and can be revoked. The general
 * rules of pinjwt.h hold here too.
 *
 * In short: fill a pinjwt_store (pinjwt_memory_store for tests; pinjwt_sqlite.h, pinjwt_postgres.h and
 * pinjwt_redis.h for the others; or one of your own), make a pinjwt_sessions from it, a signer and your
 * peppers, once; then pinjwt_sessions_login when a user has signed in, pinjwt_sessions_refresh when the
 * access token ends, and pinjwt_policy_set_sessions for the verifiers of access tokens. pinjwt_sessions_purge
 * belongs into a job that runs every few minutes.
 *
 * What the caller still does: it finds out who the user is; it hands the refresh token to the client, best in
 * the cookie that pinjwt_cookie_set formats; and it guards the endpoints that read that cookie against
 * cross-site requests (a matching Origin and a custom header).
 *
 * Time. The times of sessions and of their access tokens come from the store's clock. That is the server's
 * for PostgreSQL and Redis, and the process's for SQLite and memory.
 *
 * Store down. Whatever needs the store and gets no answer is PINJWT_E_STORE: nothing is minted, no cookie
 * should be cleared, and the client's retry with the same token is safe. Nothing is ever allowed because a
 * store did not answer.
 */
#ifndef PINJWT_SESSIONS_H
#define PINJWT_SESSIONS_H

#include "pinjwt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Sessions -------------------------------------------------------------------------- */

/**
 * Sessions of one issuer in one store. Any number of threads may use it at once; each change of a setting is
 * seen whole or not at all.
 */
typedef struct pinjwt_sessions pinjwt_sessions;

/** Where sessions are kept; see "Stores" below. */
typedef struct pinjwt_store pinjwt_store;

/**
 * Makes sessions.
 *
 *   store    Copied, and taken over where this function succeeds: its `release` is called when the
 *            sessions and every policy, verifier and signer that they were set in are gone. Where
 *            it fails, the store stays the caller's.
 *   signer   Signs the access tokens. Its policy has an issuer, the type "at+jwt" and at least one
 *            audience (RFC 9068 section 2.2); its lifetime is that of the access tokens (900 s
 *            unless it was set), and denials are kept for its maximum lifetime and 300 s more.
 *            Referenced: the caller may free its own handle.
 *   peppers  Secrets of 32 to 255 bytes that only the servers that refresh know, the same on all of
 *            them: the first makes refresh tokens, the others are for those that were made before
 *            (pinjwt_sessions_set_peppers). Copied.
 *   count    How many, 1 to 16.
 *   out      The new sessions.
 *
 * PINJWT_E_ARGUMENT  A pointer or `count` breaks the rules; the store lacks a function; or the
 *                    signer's policy has no issuer, no audience or another type.
 * PINJWT_E_MEMORY    No guarded memory.
 * PINJWT_E_CRYPTO    The random generator failed.
 * PINJWT_E_KEY_WEAK  A pepper is too short, too long or looks guessable (as in
 *                    pinjwt_key_from_secret).
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_new(const pinjwt_store *store,
                                                          const pinjwt_signer *signer,
                                                          const pinjwt_bytes *peppers, size_t count,
                                                          pinjwt_sessions **out, pinjwt_error *err);

/**
 * Makes sessions for services that only check access tokens: they need neither signer nor peppers. They can
 * check, consume, sync, revoke, list, purge and tell statistics; login, refresh and logout are
 * PINJWT_E_ARGUMENT.
 *
 *   store        As in pinjwt_sessions_new.
 *   issuer       The issuer of the tokens, a policy text.
 *   max_seconds  The longest lifetime of its access tokens, 1 to 31536000; as the maximum lifetime
 *                of its signer's policy (7200 unless it was set).
 *   out          The new sessions.
 *
 * PINJWT_E_ARGUMENT  A pointer, length or number breaks the rules, or the store lacks a function.
 * PINJWT_E_CRYPTO    The random generator failed.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_new_checker(const pinjwt_store *store,
                                                                  const char *issuer, size_t issuer_len,
                                                                  int64_t max_seconds, pinjwt_sessions **out,
                                                                  pinjwt_error *err);

/** Drops the caller's reference. NULL does nothing. */
PINJWT_API void pinjwt_sessions_free(pinjwt_sessions *sessions);

/**
 * How long a session lasts without a refresh, in seconds: 1 to 31536000. Default: 1209600 (14 days).
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL or `seconds` out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_idle(pinjwt_sessions *sessions, int64_t seconds,
                                                               pinjwt_error *err);

/**
 * How long a session lasts at most, from its login on, in seconds: 1 to 315360000. Default: 7776000 (90
 * days). Sessions that exist keep what they have.
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL or `seconds` out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_absolute(pinjwt_sessions *sessions, int64_t seconds,
                                                                   pinjwt_error *err);

/**
 * For how long after a rotation the token before still gets the same successor, in seconds: 0 (never) to 300.
 * Default:
 * 10. It is for lost responses and for tabs that refresh at once; after it, such a token ends the session.
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL or `seconds` out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_grace(pinjwt_sessions *sessions, int64_t seconds,
                                                                pinjwt_error *err);

/**
 * How many sessions a user may have, 1 to 1000, or 0 for any number. Default: 20. A login beyond revokes the
 * oldest.
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL or `count` out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_limit(pinjwt_sessions *sessions, int64_t count,
                                                                pinjwt_error *err);

/**
 * How old the process's copy of the denials may be when an access token is checked, in milliseconds: 0 to
 * 60000. Default: 5000. A check that finds it a fifth as old reads on, one caller at a time; 0 asks the store
 * at each check.
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL or `milliseconds` out of range.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_staleness(pinjwt_sessions *sessions,
                                                                    int64_t milliseconds, pinjwt_error *err);

/**
 * Replaces the peppers, for rotation: first add the new one behind the old on every server, then put it
 * first, and remove the old when the idle time has passed since: refresh tokens are made anew under the first
 * as they are used.
 *
 *   peppers, count  As in pinjwt_sessions_new.
 *
 * PINJWT_E_ARGUMENT  As in pinjwt_sessions_new; or these sessions only check.
 * PINJWT_E_MEMORY    No guarded memory.
 * PINJWT_E_KEY_WEAK  As in pinjwt_sessions_new. The peppers stay as they were.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_peppers(pinjwt_sessions *sessions,
                                                                  const pinjwt_bytes *peppers, size_t count,
                                                                  pinjwt_error *err);

/**
 * Sets the handler that is told of what happens to sessions (PINJWT_EVENT_LOGIN and above), after the store
 * has committed it, replacing an earlier one. Default: none.
 *
 *   fn, context, release  As in pinjwt_policy_set_event_handler. `release` is called when the
 *                         sessions are gone or have another handler.
 *
 * PINJWT_E_ARGUMENT  `sessions` or `fn` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_set_event_handler(pinjwt_sessions *sessions,
                                                                        pinjwt_event_fn fn, void *context,
                                                                        pinjwt_release_fn release,
                                                                        pinjwt_error *err);

/* ---- Logging in and refreshing --------------------------------------------------------- */

/**
 * What a login or a refresh gives: an access token and a refresh token. Guarded memory, wiped when it is
 * freed.
 */
typedef struct pinjwt_grant pinjwt_grant;

/** The texts of a grant. */
typedef enum pinjwt_grant_text {
  PINJWT_GRANT_ACCESS_TOKEN = 1,
  /** A secret: pjr1_ and 98 characters of base64url. */
  PINJWT_GRANT_REFRESH_TOKEN = 2,
  /** The session's public name, the claim "sid". */
  PINJWT_GRANT_SID = 3,
  PINJWT_GRANT_USER = 4,
  /** The access token's jti. */
  PINJWT_GRANT_JTI = 5,
  PINJWT_GRANT_TEXT_WIDTH_ = 0x7fffffff
} pinjwt_grant_text;

/** The numbers of a grant. */
typedef enum pinjwt_grant_number {
  /** For how many seconds the access token is valid: expires_in of RFC 6749 section 5.1. */
  PINJWT_GRANT_ACCESS_SECONDS = 1,
  /** For how many seconds the refresh token is valid if it is not used: the Max-Age of its cookie. */
  PINJWT_GRANT_REFRESH_SECONDS = 2,
  /** How often the session has been refreshed. */
  PINJWT_GRANT_GENERATION = 3,
  /** 1 where the refresh token is one that was given before (pinjwt_sessions_set_grace), else 0. */
  PINJWT_GRANT_REPLAYED = 4,
  PINJWT_GRANT_NUMBER_WIDTH_ = 0x7fffffff
} pinjwt_grant_number;

/**
 * A text of a grant, followed by a NUL that is not counted, lent until the grant is freed.
 *
 * PINJWT_E_ARGUMENT  `grant` or `out` is NULL, or `which` is not listed.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_grant_get_text(const pinjwt_grant *grant,
                                                            pinjwt_grant_text which, pinjwt_bytes *out);

/** A number of a grant; -1 if `grant` is NULL or `which` is not listed. */
PINJWT_API int64_t pinjwt_grant_get_number(const pinjwt_grant *grant, pinjwt_grant_number which);

/** Frees a grant and wipes its tokens. NULL does nothing. */
PINJWT_API void pinjwt_grant_free(pinjwt_grant *grant);

/** From where a user signs in, for the list of devices. UTF-8 without control characters. Never grows. */
typedef struct pinjwt_device {
  /** Up to 64 bytes, such as "Firefox on Linux". */
  pinjwt_bytes name;
  /** The IP address, up to 45 bytes. */
  pinjwt_bytes address;
  /** The user agent, up to 256 bytes. */
  pinjwt_bytes agent;
} pinjwt_device;

/**
 * Begins a session for a user whom the caller has authenticated.
 *
 *   user    The user's id, 1 to 256 bytes of UTF-8 without control characters: the claim "sub".
 *   client  The client's id, up to 256 such bytes, the claim "client_id"; empty for none. A session
 *           is refreshed for this client only.
 *   claims  More claims for its access tokens ("scope", roles), the same at each refresh: a JSON
 *           object of up to 4096 bytes, read strictly; empty for none. Not iss, sub, exp, nbf, iat,
 *           jti, sid, ver, auth_time or client_id.
 *   device  May be NULL.
 *   out     The grant.
 *
 * The access token has iss, aud, sub, client_id, sid, ver, auth_time, iat, exp and jti. It never outlives its
 * session: exp is not after the session's end.
 *
 * Event: PINJWT_EVENT_LOGIN, and PINJWT_EVENT_REVOKED for each session beyond the limit.
 *
 * PINJWT_E_ARGUMENT       A pointer or text breaks the rules, or these sessions only check.
 * PINJWT_E_CLAIMS_FORMAT  `claims` is not a JSON object, read strictly.
 * PINJWT_E_CLAIM_INVALID  `claims` has one of the names above.
 * PINJWT_E_STORE          The store did not answer.
 * Others                  As pinjwt_sign. The session has been revoked again.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_login(const pinjwt_sessions *sessions, const char *user,
                                                            size_t user_len, const char *client,
                                                            size_t client_len, const char *claims,
                                                            size_t claims_len, const pinjwt_device *device,
                                                            pinjwt_grant **out, pinjwt_error *err);

/**
 * Refreshes: takes the current refresh token and gives its successor and a new access token. In one atomic
 * step of the store, so that of any number of callers with one token one rotates and the others, within the
 * grace, get the same successor.
 *
 *   token   The refresh token.
 *   client  As at the login.
 *   out     The grant.
 *
 * Events: PINJWT_EVENT_REFRESHED, PINJWT_EVENT_REPLAYED, PINJWT_EVENT_ROLLED_FORWARD; refused:
 * PINJWT_EVENT_SESSION_EXPIRED, PINJWT_EVENT_REUSE_DETECTED, PINJWT_EVENT_ROLLED_BACK.
 *
 * PINJWT_E_ARGUMENT         A pointer or text breaks the rules, or these sessions only check.
 * PINJWT_E_REFRESH_INVALID  Not a refresh token of this issuer and its peppers, found without
 *                           asking the store; or there is no such session, or it is another
 *                           client's.
 * PINJWT_E_REVOKED          The session has been revoked, or the user's version was raised since.
 * PINJWT_E_REFRESH_EXPIRED  The session was idle for too long, or has reached its end.
 * PINJWT_E_REFRESH_REUSED   The token was used before: somebody else may have it. The session has
 *                           been revoked.
 * PINJWT_E_STORE            The store did not answer; the same token may be tried again.
 * PINJWT_E_STORE_STATE      The store was rolled back behind this session, which has been revoked:
 *                           the user has to sign in again.
 * Others                    As pinjwt_sign; the same token may be tried again within the grace.
 *
 * Clear the cookie at PINJWT_E_REVOKED, the three of PINJWT_E_REFRESH_... and PINJWT_E_STORE_STATE, at no
 * other.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_refresh(const pinjwt_sessions *sessions,
                                                              const char *token, size_t token_len,
                                                              const char *client, size_t client_len,
                                                              pinjwt_grant **out, pinjwt_error *err);

/**
 * Formats the value of a Set-Cookie header (RFC 6265 section 4.1) for a refresh token:
 *
 *   __Secure-NAME=TOKEN; Path=PATH; Max-Age=SECONDS; HttpOnly; Secure; SameSite=Strict
 *
 *   name   1 to 64 characters of A-Z, a-z, 0-9, "-" and "_"; the prefix is added.
 *   path   The path that all endpoints that need the cookie share and others do not: "/" and up to
 *          255 visible ASCII characters other than ";" and ",".
 *   token    The refresh token.
 *   seconds  PINJWT_GRANT_REFRESH_SECONDS, 1 to 315360000.
 *   buf      The text.
 *
 * PINJWT_E_ARGUMENT         A pointer, text or number breaks the rules.
 * PINJWT_E_BUFFER           `cap` is too small.
 * PINJWT_E_REFRESH_INVALID  `token` does not look like a refresh token.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_cookie_set(const char *name, size_t name_len, const char *path,
                                                        size_t path_len, const char *token, size_t token_len,
                                                        int64_t seconds, char *buf, size_t cap, size_t *len,
                                                        pinjwt_error *err);

/**
 * Formats the value of a Set-Cookie header that removes the cookie of pinjwt_cookie_set.
 *
 *   name, path  As there.
 *   buf         The text.
 *
 * PINJWT_E_ARGUMENT  A pointer or text breaks the rules.
 * PINJWT_E_BUFFER    `cap` is too small.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_cookie_clear(const char *name, size_t name_len, const char *path,
                                                          size_t path_len, char *buf, size_t cap, size_t *len,
                                                          pinjwt_error *err);

/* ---- Revoking -------------------------------------------------------------------------- */

/** Why a session was revoked, in events and lists. */
typedef enum pinjwt_reason {
  /** It was not. */
  PINJWT_REASON_NONE = 0,
  /** pinjwt_sessions_logout. */
  PINJWT_REASON_LOGOUT = 1,
  /** pinjwt_sessions_revoke_session. */
  PINJWT_REASON_SESSION = 2,
  /** pinjwt_sessions_revoke_user. */
  PINJWT_REASON_USER = 3,
  /** A login beyond the limit. */
  PINJWT_REASON_DISPLACED = 4,
  /** PINJWT_E_REFRESH_REUSED. */
  PINJWT_REASON_REUSED = 5,
  /** PINJWT_E_STORE_STATE. */
  PINJWT_REASON_ROLLED_BACK = 6,
  /** pinjwt_sessions_revoke_before. */
  PINJWT_REASON_BEFORE = 7,
  /** pinjwt_sessions_bump_user. */
  PINJWT_REASON_VERSION = 8,
  PINJWT_REASON_WIDTH_ = 0x7fffffff
} pinjwt_reason;

/*
 * A revoked session is not refreshed again, and its access tokens are refused: in this process at once, in
 * others within the staleness. The functions below give PINJWT_E_ARGUMENT where a pointer, text or number
 * breaks the rules, and PINJWT_E_STORE where the store did not answer (call again: what has been revoked
 * stays so). Event of each session revoked: PINJWT_EVENT_REVOKED.
 */

/**
 * Ends the session of a refresh token, be it the current one or an older one. Also PINJWT_OK where it has
 * ended already.
 *
 *   token  The refresh token.
 *
 * PINJWT_E_REFRESH_INVALID  Not a refresh token of this issuer and its peppers, or there is no such
 *                           session.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_logout(const pinjwt_sessions *sessions,
                                                             const char *token, size_t token_len,
                                                             pinjwt_error *err);

/**
 * Ends one session of a user. Also PINJWT_OK where it has ended already.
 *
 *   user  The user's id.
 *   sid   The session's sid.
 *
 * PINJWT_E_REFRESH_INVALID  The user has no such session; it may be somebody else's.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_revoke_session(const pinjwt_sessions *sessions,
                                                                     const char *user, size_t user_len,
                                                                     const char *sid, size_t sid_len,
                                                                     pinjwt_error *err);

/**
 * Ends all sessions of a user, or all but one.
 *
 *   user    The user's id.
 *   except  The sid of the session that stays; empty for none.
 *   count   How many were revoked; may be NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_revoke_user(const pinjwt_sessions *sessions,
                                                                  const char *user, size_t user_len,
                                                                  const char *except, size_t except_len,
                                                                  size_t *count, pinjwt_error *err);

/**
 * Ends every session that began before a time, of all users: after a breach, or after the store was restored
 * from a copy, for the revocations that were lost with it.
 *
 *   time   Unix seconds by the store's clock, not in the future; or PINJWT_NOW, which waits until the
 *          second is over.
 *   count  How many were revoked; may be NULL.
 *
 * One PINJWT_EVENT_REVOKED in all, without sid and user.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_revoke_before(const pinjwt_sessions *sessions,
                                                                    int64_t time, size_t *count,
                                                                    pinjwt_error *err);

/**
 * Raises the user's version: ends all the user's sessions and access tokens in one step, however many there
 * are. For a changed password. One PINJWT_EVENT_REVOKED, without sid.
 *
 *   user     The user's id.
 *   version  The new version; may be NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_bump_user(const pinjwt_sessions *sessions,
                                                                const char *user, size_t user_len,
                                                                int64_t *version, pinjwt_error *err);

/**
 * Denies one token by its jti.
 *
 *   jti      1 to 256 bytes.
 *   expires  The token's exp in Unix seconds; 0 for an access token of the usual lifetime.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_deny_jti(const pinjwt_sessions *sessions,
                                                               const char *jti, size_t jti_len,
                                                               int64_t expires, pinjwt_error *err);

/**
 * Uses up a one-shot token, for mail verification and password reset: accepts its typ and jti once.
 *
 *   claims  Of a token that has been verified, with a jti and under a policy with a type of its
 *           own.
 *
 * PINJWT_E_CLAIM_MISSING  It has no jti.
 * PINJWT_E_TYPE           It has no typ, or is an access token.
 * PINJWT_E_REVOKED        It was used before, or its jti was denied.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_consume(const pinjwt_sessions *sessions,
                                                              const pinjwt_claims *claims, pinjwt_error *err);

/* ---- Checking access tokens ------------------------------------------------------------ */

/**
 * Judges a verified access token by the process's copy of the denials: its jti, sid, user version and time of
 * login.
 *
 * No thread is started: a call that finds the copy old reads on from the store, one caller at a time
 * (pinjwt_sessions_set_staleness). The others go on with the copy, or wait where it is too old for them.
 *
 *   claims  From pinjwt_verify.
 *
 * PINJWT_E_ARGUMENT       A pointer is NULL.
 * PINJWT_E_CLAIM_MISSING  The token lacks sub, jti, sid, ver or auth_time to judge it by.
 * PINJWT_E_CLAIM_INVALID  One of them has another type.
 * PINJWT_E_ISSUER         It is another issuer's.
 * PINJWT_E_REVOKED        The token, its session or its user's version has been revoked.
 * PINJWT_E_STORE          The copy is too old, or not loaded yet, and the store did not answer.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_check(const pinjwt_sessions *sessions,
                                                            const pinjwt_claims *claims, pinjwt_error *err);

/**
 * Makes verifiers check each token as pinjwt_sessions_check does, last of all, and refuse with its status.
 * Takes the place of the revocation hook.
 *
 *   policy    Verifiers and signers made from it later keep the sessions in use.
 *   sessions  Referenced: the caller may free its own handle.
 *
 * PINJWT_E_ARGUMENT  `policy` or `sessions` is NULL.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_policy_set_sessions(pinjwt_policy *policy,
                                                                 const pinjwt_sessions *sessions,
                                                                 pinjwt_error *err);

/**
 * Reads the new denials into the process's copy: for hosts with a loop of their own, and before the first
 * check. Called as often as each second it keeps every check from asking the store.
 *
 * PINJWT_E_ARGUMENT  `sessions` is NULL.
 * PINJWT_E_STORE     The store did not answer.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_sync(const pinjwt_sessions *sessions,
                                                           pinjwt_error *err);

/* ---- Looking and tidying --------------------------------------------------------------- */

/**
 * Lists the live sessions of a user, the oldest first and at most 1000, as a JSON array of objects with
 * "sid", "client", "device", "address", "agent" (strings), "created", "last_used", "expires" (Unix seconds),
 * "refreshes" (how often it was refreshed) and "current".
 *
 *   user     The user's id.
 *   current  The sid of the session that asks, whose "current" is true; empty for none.
 *   buf      The JSON. Sessions come and go: the size that PINJWT_E_BUFFER gives may be too small
 *            the next time.
 *
 * PINJWT_E_ARGUMENT, PINJWT_E_BUFFER, PINJWT_E_STORE
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_list(const pinjwt_sessions *sessions, const char *user,
                                                           size_t user_len, const char *current,
                                                           size_t current_len, char *buf, size_t cap,
                                                           size_t *len, pinjwt_error *err);

/**
 * Counts what the store holds of this issuer, and what the process holds: a JSON object with "live",
 * "revoked", "expired" (sessions), "denials" (in the feed), "consumed" (one-shot tokens) and "copied"
 * (denials in this process).
 *
 *   buf  The JSON.
 *
 * PINJWT_E_ARGUMENT, PINJWT_E_BUFFER, PINJWT_E_STORE
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_statistics(const pinjwt_sessions *sessions, char *buf,
                                                                 size_t cap, size_t *len, pinjwt_error *err);

/**
 * Removes what no answer needs any more: sessions a day after their end, denials and one-shot tokens after
 * their time; and erases the seals of sessions whose grace has passed.
 *
 *   limit    At most so many rows, 1 to 100000.
 *   removed  How many; may be NULL.
 *   more     1 if there may be more, else 0; may be NULL.
 *
 * PINJWT_E_ARGUMENT, PINJWT_E_STORE
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_sessions_purge(const pinjwt_sessions *sessions, size_t limit,
                                                            size_t *removed, int *more, pinjwt_error *err);

/* ---- Stores ---------------------------------------------------------------------------- */

/**
 * Fills `out` with a store in this process's memory, for tests and demonstrations: it ends with the process
 * and is not shared with others, those that are forked off included.
 *
 *   out  The store, to be given to pinjwt_sessions_new once; else call its `release` with its
 *        `context`.
 *
 * PINJWT_E_ARGUMENT  `out` is NULL.
 * PINJWT_E_CRYPTO    The random generator failed.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_memory_store(pinjwt_store *out, pinjwt_error *err);

/*
 * A store of your own. What follows is for those who write one; examples/c/host_store.c is one, and
 * Tests/stores/test_conformance.py is the suite to run it against, with --store LIBRARY:FUNCTION.
 *
 * Fill a pinjwt_store with your functions. They are called by any number of threads at once, and in a child
 * process if the host forks. Each is one atomic step: what other calls see is all of it or nothing, and once
 * it has answered, it is durable. Requests, and all that they point to, are lent during the call. Answers are
 * written by the function: numbers straight into the answer; rows and entries, which are not kept, by calling
 * the answer's function with its `sink`, once for each.
 *
 * Durations and times in this part are in milliseconds. Take the time from one clock that all users of the
 * store share. Bytes that may be empty are (NULL or not, 0). `space` is 16 bytes that stand for the issuer:
 * what has another space does not exist for the call. `tag` is 4 bytes that all sessions of a user have in
 * common: the first 4 of each selector.
 *
 * The session row is yours to lay out, but each member has to come back as it was given.
 */

/** The result of a store's function. Any other value, 0 included, is taken for PINJWT_STORE_FAILED. */
typedef enum pinjwt_stored {
  /** Done, and the answer is written. */
  PINJWT_STORE_DONE = 0x53544f52,
  /** It did not answer, or the outcome is unknown: PINJWT_E_STORE. */
  PINJWT_STORE_FAILED = 0x4641494c,
  /** It is not usable as it is, and trying again will not help. PINJWT_E_STORE too: the sessions may be
   * as good as before. */
  PINJWT_STORE_STATE = 0x53544154,
  PINJWT_STORE_WIDTH_ = 0x7fffffff
} pinjwt_stored;

/** One session. A store keeps it under (space, selector). Made by the library or by a store; never grows. */
typedef struct pinjwt_session_row {
  /** 16 bytes. */
  pinjwt_bytes selector;
  /** The public name, 22 characters; unique within a space. */
  pinjwt_bytes sid;
  /** 1 to 256 bytes. */
  pinjwt_bytes user;
  /** 0 to 256 bytes. */
  pinjwt_bytes client;
  /** 0 to 4096 bytes. */
  pinjwt_bytes claims;
  /** 0 to 64, 45 and 256 bytes. */
  pinjwt_bytes device, address, agent;
  /** The hashes of the current and the previous refresh token: 32 bytes; `previous` may be empty. */
  pinjwt_bytes current, previous;
  /** 32 and 16 bytes, or empty. */
  pinjwt_bytes seal, nonce;
  /** 0 to 22 bytes. */
  pinjwt_bytes jti;
  /** How often it was rotated, 0 to 4294967296. */
  int64_t generation;
  /** The user's version at login. */
  int64_t version;
  /** When it began, was last rotated, ends if idle, ends in any case, and was revoked (0: it was not). */
  int64_t created, rotated, idle_end, end, revoked;
  pinjwt_reason reason;
} pinjwt_session_row;

/** Takes a row; lent during the call. */
typedef void (*pinjwt_session_sink)(void *sink, const pinjwt_session_row *row);

/** For the denials that an operation writes into the feed (pinjwt_feed_entry). */
typedef struct pinjwt_denial_terms {
  /** They are kept until now and this much. */
  int64_t keep;
  /** 8 random bytes: the mark of each of them. */
  pinjwt_bytes mark;
} pinjwt_denial_terms;

/**
 * create: in one step,
 *   1. read the user's version (0 where the user has no row), and the time;
 *   2. complete the row: version; created = rotated = now; end = created + absolute; idle_end = created +
 * idle, or `end` if that is earlier;
 *   3. where `cap` is not 0 and the user's live sessions with this one are more than `cap`: revoke the oldest
 * (`created`, then selector), reason PINJWT_REASON_DISPLACED, and write the denials of their sids;
 *   4. add the row.
 * A session is live if it is not revoked, now is before `idle_end` and `end`, and the user's version is not
 * above its own. Exact if several log in at once: hold the user's row, or make one.
 */
typedef struct pinjwt_create_request {
  pinjwt_bytes space, tag;
  const pinjwt_session_row *row;
  int64_t idle, absolute, cap;
  pinjwt_denial_terms denial;
} pinjwt_create_request;

typedef struct pinjwt_create_answer {
  void *sink;
  /** Called once with the row as it was stored. */
  pinjwt_session_sink created;
  /** Called with each session that was displaced, as it is now. */
  pinjwt_session_sink displaced;
} pinjwt_create_answer;

/**
 * rotate: in one step,
 *   1. read and hold the row of the selector, the version of its user, and the time;
 *   2. judge it, best by pinjwt_session_judge, which also says what to write;
 *   3. where the verdict is ROTATED, ROLLED_FORWARD, REUSED or ROLLED_BACK, write the row that it gave; for
 * the last two write the denial of the sid as well. Commit before you answer.
 */
typedef struct pinjwt_rotate_request {
  pinjwt_bytes space, selector;
  /** The generation and the hash of the token presented, and by which client. */
  int64_t generation;
  pinjwt_bytes hash, client;
  /** Of its successor: current, seal, nonce and jti of the row to be. */
  pinjwt_bytes next, seal, nonce, jti;
  /** The grace, and the idle time from this rotation on. */
  int64_t grace, idle;
  pinjwt_denial_terms denial;
} pinjwt_rotate_request;

/**
 * The verdicts, in the order in which they are judged, and what becomes of the row:
 *
 *   UNKNOWN         There is no row.
 *   OTHER_CLIENT    The row's client is another.
 *   REVOKED         The row's `revoked` is not 0.
 *   EXPIRED         Now is not before idle_end, or not before end.
 *   SUPERSEDED      The user's version is above the row's.
 *   ROTATED         generation = the row's and hash = current. previous = hash; current, seal,
 *                   nonce and jti are the request's; generation + 1; rotated = now; idle_end = now
 *                   + idle, or `end` if that is earlier.
 *   ROLLED_BACK     generation = the row's, but another hash. revoked = now, its reason; seal and
 *                   nonce empty.
 *   ROLLED_FORWARD  generation = the row's + 1: as ROTATED, from the request's generation on.
 *   ROLLED_BACK     generation is above that: as above.
 *   REPLAYED        generation + 1 = the row's, hash = previous, the seal is not empty, grace is
 *                   not 0 and now is within `grace` of `rotated`, on either side. Nothing is
 *                   written.
 *   REUSED          Otherwise. revoked = now, its reason; seal and nonce empty.
 */
typedef enum pinjwt_rotation_verdict {
  PINJWT_ROTATION_ROTATED = 1,
  PINJWT_ROTATION_REPLAYED = 2,
  PINJWT_ROTATION_ROLLED_FORWARD = 3,
  PINJWT_ROTATION_UNKNOWN = 4,
  PINJWT_ROTATION_OTHER_CLIENT = 5,
  PINJWT_ROTATION_REVOKED = 6,
  PINJWT_ROTATION_EXPIRED = 7,
  PINJWT_ROTATION_SUPERSEDED = 8,
  PINJWT_ROTATION_REUSED = 9,
  PINJWT_ROTATION_ROLLED_BACK = 10,
  PINJWT_ROTATION_WIDTH_ = 0x7fffffff
} pinjwt_rotation_verdict;

typedef struct pinjwt_rotate_answer {
  void *sink;
  /** Called once with the row as it is now, unless the verdict is UNKNOWN. */
  pinjwt_session_sink session;
  pinjwt_rotation_verdict verdict;
  /** The jti that the row had before: up to 22 characters, then NULs. */
  char previous_jti[24];
  int64_t now;
} pinjwt_rotate_answer;

/**
 * Judges a presented refresh token for a store's rotate: the table above.
 *
 *   request       As it came.
 *   row           The row of its selector; NULL where there is none.
 *   user_version  The version of the row's user.
 *   now           The store's time.
 *   answer        As it came: this writes verdict, previous_jti and now, and calls `session` with
 *                 the row to be.
 *   write         Called with the row to be written, where one is; with `write_context`, on this
 *                 thread.
 *
 * PINJWT_E_ARGUMENT  A pointer is NULL, or something in the request or the row is not as it is
 *                    described.
 */
PINJWT_API PINJWT_CHECK pinjwt_status pinjwt_session_judge(
    const pinjwt_rotate_request *request, const pinjwt_session_row *row, int64_t user_version, int64_t now,
    pinjwt_rotate_answer *answer, pinjwt_session_sink write, void *write_context, pinjwt_error *err);

/** Which sessions revoke is about. */
typedef enum pinjwt_revoke_target {
  /** The one of the selector. */
  PINJWT_REVOKE_SELECTOR = 1,
  /** The one with the sid, if it is this user's. */
  PINJWT_REVOKE_SID = 2,
  /** All of the user's but the one with the sid, which may be empty. */
  PINJWT_REVOKE_USER = 3,
  PINJWT_REVOKE_WIDTH_ = 0x7fffffff
} pinjwt_revoke_target;

/**
 * revoke: of the sessions that the target names, up to `limit` that are neither revoked nor past an end:
 * revoked = now, the reason, seal and nonce empty; and before that, or together with it, the denials of their
 * sids.
 */
typedef struct pinjwt_revoke_request {
  pinjwt_bytes space, tag;
  pinjwt_revoke_target target;
  pinjwt_bytes selector, user, sid;
  pinjwt_reason reason;
  /** At least 1. */
  int64_t limit;
  pinjwt_denial_terms denial;
} pinjwt_revoke_request;

typedef struct pinjwt_revoke_answer {
  void *sink;
  /** Called with each session that was revoked, as it is now. */
  pinjwt_session_sink revoked;
  /** 1 if the selector or the sid is that of a session, whatever its state, and for a user; else 0. */
  int found;
  /** 1 if there may be more to revoke, else 0. */
  int more;
  int64_t now;
} pinjwt_revoke_answer;

/**
 * sweep: up to `limit` sessions that began before a time and are not revoked: revoked = now,
 * PINJWT_REASON_BEFORE, seal and nonce empty. No denials: there is one for all.
 */
typedef struct pinjwt_sweep_request {
  pinjwt_bytes space;
  int64_t before, limit;
} pinjwt_sweep_request;

/** How far a sweep or a purge has come. */
typedef struct pinjwt_progress {
  int64_t count;
  /** 1 if there may be more, else 0. */
  int more;
} pinjwt_progress;

/**
 * bump: the user's version plus 1 (from 0, where the user has no row), and a denial: PINJWT_FEED_USER, the
 * user, the new version. Versions are kept for as long as the user may have a session.
 */
typedef struct pinjwt_bump_request {
  pinjwt_bytes space, tag, user;
  pinjwt_denial_terms denial;
} pinjwt_bump_request;

/** What an entry of the feed denies. */
typedef enum pinjwt_feed_kind {
  /** The token whose jti is the key. */
  PINJWT_FEED_JTI = 1,
  /** The tokens of the session whose sid is the key. */
  PINJWT_FEED_SID = 2,
  /** The tokens of the user who is the key, of versions below the value. */
  PINJWT_FEED_USER = 3,
  /** The tokens of sessions that began before the value, in milliseconds; the key is empty. */
  PINJWT_FEED_BEFORE = 4,
  PINJWT_FEED_WIDTH_ = 0x7fffffff
} pinjwt_feed_kind;

/** deny: adds one entry to the feed. */
typedef struct pinjwt_deny_request {
  pinjwt_bytes space;
  pinjwt_feed_kind kind;
  /** Up to 256 bytes. */
  pinjwt_bytes key;
  int64_t value;
  /** When it may be removed; 0 for now + denial.keep. */
  int64_t until;
  pinjwt_denial_terms denial;
} pinjwt_deny_request;

/**
 * consume: adds the key, once. `first` is 1 if it was not there, else 0.
 */
typedef struct pinjwt_consume_request {
  pinjwt_bytes space;
  /** 32 bytes. */
  pinjwt_bytes key;
  /** When it may be removed. */
  int64_t until;
} pinjwt_consume_request;

/**
 * How far a reader has read in the feed. `epoch` is 16 random bytes that are made with the feed of a space,
 * empty before the first read; `mark` is that of the entry `sequence`, 8 bytes, empty for 0.
 */
typedef struct pinjwt_feed_position {
  pinjwt_bytes epoch, mark;
  int64_t sequence;
} pinjwt_feed_position;

/** One denial. Entries of a space are numbered from 1 on without gaps, in the order in which they can be
 * seen. */
typedef struct pinjwt_feed_entry {
  int64_t sequence;
  pinjwt_feed_kind kind;
  pinjwt_bytes key;
  int64_t value, until;
} pinjwt_feed_entry;

/**
 * feed: the entries behind a position, in their order, up to `limit`.
 *
 * Read on behind `position` only if you know it: the epoch is yours, and the entry with that sequence has
 * that mark, or it has been removed but was the last one written, which you remember with its mark. Else
 * begin with the oldest entry that you have: a reader that has slept, and one that read what a crash or a
 * restore has taken back, so reads all again. A number handed out by a sequence or counter outside of the
 * transaction will not do: a later number can then be seen before an earlier one, which its reader never
 * sees.
 */
typedef struct pinjwt_feed_request {
  pinjwt_bytes space;
  pinjwt_feed_position position;
  /** At least 1. */
  int64_t limit;
  /** 16 random bytes: the epoch to be, if this read makes the feed. */
  pinjwt_bytes epoch;
} pinjwt_feed_request;

typedef struct pinjwt_feed_answer {
  void *sink;
  /** Called with each entry, lent during the call. */
  void (*entry)(void *sink, const pinjwt_feed_entry *entry);
  /** Called once, with the position behind the last of them; where there were none, with that of the last
   * entry ever written (sequence 0 and no mark where there was none). */
  void (*position)(void *sink, const pinjwt_feed_position *position);
  /** 1 if there are more, else 0. */
  int more;
  int64_t now;
} pinjwt_feed_answer;

/** list: the user's live sessions, oldest first, up to `limit`. */
typedef struct pinjwt_list_request {
  pinjwt_bytes space, tag, user;
  int64_t limit;
} pinjwt_list_request;

typedef struct pinjwt_list_answer {
  void *sink;
  pinjwt_session_sink session;
} pinjwt_list_answer;

/**
 * purge: removes up to `limit` sessions whose idle_end or end is `retain` ago, and entries of the feed and
 * used keys that are past their `until`; empties seal and nonce of sessions that were rotated more than
 * `grace` ago, counted too.
 */
typedef struct pinjwt_purge_request {
  pinjwt_bytes space;
  int64_t retain, grace, limit;
} pinjwt_purge_request;

/** statistics: sessions neither revoked nor past an end, revoked ones, the others; entries of the feed; used
 * keys. */
typedef struct pinjwt_statistics {
  int64_t live, revoked, expired, denials, consumed;
} pinjwt_statistics;

/**
 * A store. `size` is sizeof(pinjwt_store); later versions of the library add functions at the end and do
 * without those that a smaller store does not have. Every function here is needed; `release` may be NULL.
 *
 * A function that fails may fill in `err->message`: one sentence for people, printable ASCII, no secrets.
 * `err` is never NULL.
 */
struct pinjwt_store {
  size_t size;
  void *context;
  /** Called once with the context, when the last user of the store is gone. */
  pinjwt_release_fn release;
  pinjwt_stored (*create)(void *context, const pinjwt_create_request *request, pinjwt_create_answer *answer,
                          pinjwt_error *err);
  pinjwt_stored (*rotate)(void *context, const pinjwt_rotate_request *request, pinjwt_rotate_answer *answer,
                          pinjwt_error *err);
  pinjwt_stored (*revoke)(void *context, const pinjwt_revoke_request *request, pinjwt_revoke_answer *answer,
                          pinjwt_error *err);
  pinjwt_stored (*sweep)(void *context, const pinjwt_sweep_request *request, pinjwt_progress *answer,
                         pinjwt_error *err);
  pinjwt_stored (*bump)(void *context, const pinjwt_bump_request *request, int64_t *version,
                        pinjwt_error *err);
  pinjwt_stored (*deny)(void *context, const pinjwt_deny_request *request, pinjwt_error *err);
  pinjwt_stored (*consume)(void *context, const pinjwt_consume_request *request, int *first,
                           pinjwt_error *err);
  pinjwt_stored (*feed)(void *context, const pinjwt_feed_request *request, pinjwt_feed_answer *answer,
                        pinjwt_error *err);
  pinjwt_stored (*list)(void *context, const pinjwt_list_request *request, pinjwt_list_answer *answer,
                        pinjwt_error *err);
  pinjwt_stored (*purge)(void *context, const pinjwt_purge_request *request, pinjwt_progress *answer,
                         pinjwt_error *err);
  pinjwt_stored (*statistics)(void *context, pinjwt_bytes space, pinjwt_statistics *answer,
                              pinjwt_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
