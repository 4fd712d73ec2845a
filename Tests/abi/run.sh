#!/bin/sh
# Builds the C and C++ programs against the shipped library with gcc and clang, runs them, then runs them under valgrind.
# LIB and INCLUDE name what is tested; QUICK=1 leaves valgrind out.
set -eu
cd "$(dirname "$0")/../.."
LIB=${LIB:-build/lib}
INCLUDE=${INCLUDE:-build/include}
OUT=build/tests
WARN="-Wall -Wextra -pedantic -Werror"
LINK="-L$LIB -lpinjwt -Wl,-rpath,$(cd "$LIB" && pwd) -lcrypto -pthread"
PROGRAMS="names wipe key policy sign_verify claims jws_inspect hooks threads rfc_vectors keyset external key_file weak_secrets sensitive lint source keyring keyring_file sessions"
# Run without valgrind, which itself keeps copies of freed memory and of registers.
NATIVE="leftovers"
EXAMPLES="quickstart pinned rotation sessions"
mkdir -p $OUT

python3 Tests/abi/exports.py $LIB $INCLUDE

# All rounds once; the second compiler looks at the programs more than at the library.
ROUNDS=env
for cc in gcc clang; do
  case $cc in gcc) cxx=g++ ;; *) cxx=clang++ ;; esac
  for header in $INCLUDE/*.h; do
    for std in c99 c17; do $cc -x c -std=$std $WARN -fsyntax-only $header; done
    $cxx -x c++ -std=c++17 $WARN -fsyntax-only $header
  done
  echo "$cc: each header alone is C99, C17 and C++17"
  $cxx -std=c++17 $WARN -I$INCLUDE Tests/abi/cpp_program.cpp -o $OUT/cpp_program.$cc $LINK
  $OUT/cpp_program.$cc
  for name in $PROGRAMS; do
    $cc -std=c99 $WARN -g -O1 -I$INCLUDE Tests/abi/$name.c -o $OUT/$name.$cc $LINK
    echo "--- $name ($cc)"
    $ROUNDS $OUT/$name.$cc
  done
  for name in $NATIVE; do
    # Bound at once: the loader, called between two calls of the library, would write vector registers to the stack.
    $cc -std=c99 $WARN -g -O1 -I$INCLUDE Tests/abi/$name.c -o $OUT/$name.$cc $LINK -Wl,-z,now
    echo "--- $name ($cc)"
    $ROUNDS $OUT/$name.$cc
  done
  for name in $EXAMPLES; do
    $cc -std=c99 $WARN -g -O1 -I$INCLUDE examples/c/$name.c -o $OUT/$name.$cc $LINK
  done
  ROUNDS="env TEST_ROUNDS=2"
done

echo "--- examples"
$OUT/quickstart.gcc >$OUT/quickstart.txt
grep -q '^verified: alice$' $OUT/quickstart.txt
grep -q '^refused:  PINJWT_E_SIGNATURE: ' $OUT/quickstart.txt
$OUT/pinned.gcc >$OUT/pinned.txt
grep -q '^The honest token, RS256: *accepted$' $OUT/pinned.txt
grep -q '^The forged token, HS256: *PINJWT_E_ALGORITHM: ' $OUT/pinned.txt
grep -q '^The PEM as an HS256 secret: PINJWT_E_KEY_FORMAT: ' $OUT/pinned.txt
rm -rf $OUT/rings
mkdir $OUT/rings
$OUT/rotation.gcc $OUT/rings/native >$OUT/rotation.txt
grep -q '^published: {"keys":\[{"kty":"OKP"' $OUT/rotation.txt
grep -q '^verified:  {"sub":"alice",' $OUT/rotation.txt
grep -q '^refused:   PINJWT_E_NOT_YET_VALID: ' $OUT/rotation.txt
$OUT/sessions.gcc >$OUT/sessions.txt
grep -q '^refreshed, Set-Cookie: __Secure-refresh=pjr1_' $OUT/sessions.txt
grep -q '^refused:  The refresh token was used before' $OUT/sessions.txt
grep -q '^refused:  The token, its session or its user' $OUT/sessions.txt
echo "4 passed, 0 failed"

# Fair between threads: otherwise one that waits for others to go on can keep them from it for minutes.
[ "${QUICK:-}" ] || for name in $PROGRAMS $EXAMPLES; do
  echo "--- $name (valgrind)"
  TEST_ROUNDS=2 valgrind --fair-sched=yes -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
    $OUT/$name.gcc $(case $name in rotation) echo $OUT/rings/valgrind ;; esac) >$OUT/$name.valgrind.txt
  tail -n 1 $OUT/$name.valgrind.txt
done
