"""The collector speaks TLS 1.3 and nothing older, and shows a certificate of its own authority."""
import socket
import ssl

import harness
from harness import GnomonTest


class TlsVersion(GnomonTest):
    def handshake(self, port, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", port), timeout=harness.LIMIT_S) as connection:
            with context.wrap_socket(connection) as secured:
                return secured.version(), secured.selected_alpn_protocol()

    def test_tls_1_2_is_refused(self):
        port = self.collector().port
        with self.assertRaises((ssl.SSLError, ConnectionError)) as refused:
            self.handshake(port, ssl.TLSVersion.TLSv1_2)
        self.assertNotIn("timed out", str(refused.exception))

    def test_tls_1_3_is_spoken(self):
        self.assertEqual(self.handshake(self.collector().port, ssl.TLSVersion.TLSv1_3), ("TLSv1.3", "h2"))

    def test_plain_text_gets_no_answer(self):
        with socket.create_connection(("127.0.0.1", self.collector().port), timeout=harness.LIMIT_S) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 9)
            try:
                answer = connection.recv(1000)
            except ConnectionError:
                answer = b""
        self.assertNotIn(b"\x00\x00\x00\x04", answer[:4])
        self.assertTrue(answer == b"" or answer[:1] == b"\x15", answer)  # closed, or a TLS alert


if __name__ == "__main__":
    harness.main()
