"""Sign with a key that never enters this process.

The KMS here is a process of its own behind a Unix socket, which needs the openssl command. With a real one,
`ask` is another.
"""

import multiprocessing
import subprocess
import tempfile
from multiprocessing.connection import Client, Listener
from multiprocessing.synchronize import Event

import pinjwt


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, stdout=subprocess.PIPE, check=True).stdout


def kms(address: str, key: str, ready: Event) -> None:
    """Make a key on P-256, give away its public half, and sign: all that the other process does."""
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    with Listener(address) as listener:
        ready.set()
        while True:
            with listener.accept() as connection:
                given = connection.recv_bytes()
                if given == b"public key":
                    connection.send_bytes(openssl("pkey", "-in", key, "-pubout"))
                else:
                    connection.send_bytes(openssl("dgst", "-sha256", "-sign", key, given=given))


def ask(address: str, given: bytes) -> bytes:
    with Client(address) as connection:
        connection.send_bytes(given)
        return connection.recv_bytes()


def jose_form(der: bytes) -> bytes:
    """ECDSA signatures come in DER, as two numbers; JOSE wants them side by side, 32 bytes each on P-256."""
    r, s = der[4 : 4 + der[3]], der[6 + der[3] :]
    return b"".join(int.from_bytes(number, "big").to_bytes(32, "big") for number in (r, s))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        address, ready = f"{folder}/kms.sock", multiprocessing.Event()
        service = multiprocessing.Process(target=kms, args=(address, f"{folder}/key.pem", ready), daemon=True)
        service.start()
        try:
            if not ready.wait(10):
                raise SystemExit("The KMS did not start: is there an openssl command?")
            use(address)
        finally:
            service.terminate()
            service.join()


def use(address: str) -> None:
    """Sign through the KMS, and verify with its public half."""
    public = pinjwt.Key.from_pem(pinjwt.Algorithm.ES256, ask(address, b"public key"))
    key = pinjwt.Key.external(public, lambda given: jose_form(ask(address, given)))

    policy = pinjwt.Policy(issuer="https://login.example", audience="orders")
    token = pinjwt.Signer(policy, key).sign({"sub": "alice"})
    print("signed:  ", token)
    print("verified:", pinjwt.Verifier(policy, public).verify(token).subject)

    # Each signature is checked before it leaves: a KMS that answers nonsense makes no token.
    broken = pinjwt.Key.external(public, lambda given: bytes(64))
    try:
        pinjwt.Signer(policy, broken).sign({"sub": "alice"})
    except pinjwt.CryptoError as error:
        print("refused: ", error.message)
    else:
        raise SystemExit("A signature that does not hold left the process.")


if __name__ == "__main__":
    main()
