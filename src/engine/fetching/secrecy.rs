//! Secrets on a page's connections, for a record that hides them: cookies over HTTP/1, header blocks with a secret over HTTP/2.

use std::ops::Range;

use crate::{lens::h2::SecretBlocks, net::SecretScanner, proto::http::cookies::masking::SetCookieScanner, wire::Side};

/// What finds secrets on a connection that speaks what `alpn` names, for a record that hides them.
pub(super) fn secret_scanner(alpn: &[u8]) -> Box<dyn SecretScanner> {
    if alpn == b"h2" { Box::<SecretBlocks>::default() } else { Box::<SetCookieScanner>::default() }
}

impl SecretScanner for SetCookieScanner {
    /// What a client sends over HTTP/1 is marked where it is written.
    fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>> {
        (from == Side::Server).then(|| Self::scan(self, octets)).flatten()
    }
}

impl SecretScanner for SecretBlocks {
    fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>> {
        Self::scan(self, from, octets)
    }
}
