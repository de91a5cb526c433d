//! Stories of the Internet world against peers of another make on 127.0.0.1.

mod certificates;
mod driving;
mod failures;
mod records;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::JoinHandle,
    time::Duration,
};

use super::{Clock, ConnectTarget, Network, Timeouts, TlsOptions};
use crate::wire::{ConnectionStep, End, Ends, EventContent, Flow, FlowHandle, FlowKind, Layer, Ledger, Recorder, Side};

/// A peer in a thread of its own, on the standard library's sockets. Serves one connection.
fn peer<T: Send + 'static>(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ip_port = listener.local_addr().unwrap();
    (ip_port, std::thread::spawn(move || serve(listener.accept().unwrap().0)))
}

fn internet() -> Network {
    Network::internet(Clock::real())
}

fn plain(ip_port: SocketAddr) -> ConnectTarget {
    ConnectTarget { host: ip_port.ip().to_string(), port: ip_port.port(), tls: None }
}

fn sealed(host: &str, ip_port: SocketAddr, wish: TlsOptions) -> ConnectTarget {
    ConnectTarget { host: host.to_owned(), port: ip_port.port(), tls: Some(wish) }
}

pub(in crate::net) fn run(recorder: &Recorder) -> FlowHandle {
    let end = |name: &str| End { name: name.to_owned(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("all") };
    recorder.open(None, FlowKind::Run, "run".to_owned(), ends, Duration::ZERO)
}

/// The only connection of a record.
pub(in crate::net) fn connection(ledger: &Ledger) -> &Flow {
    let mut connections = ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Connection);
    let flow = connections.next().expect("a connection");
    assert!(connections.next().is_none(), "one connection");
    flow
}

/// What the record says `from` sent at `layer`. Fails when something was left out.
pub(in crate::net) fn said(flow: &Flow, from: Side, layer: Layer) -> Vec<u8> {
    let mut all = Vec::new();
    for event in flow.events.iter().filter(|event| event.from == from && event.layer == layer) {
        let EventContent::Octets(octets) = &event.content else { panic!("{event:?}") };
        assert_eq!(octets.omitted, 0);
        all.extend_from_slice(&octets.bytes);
    }
    all
}

pub(in crate::net) fn steps(flow: &Flow) -> Vec<(Side, ConnectionStep)> {
    let step = |event: &crate::wire::WireEvent| match event.content {
        EventContent::Step(step) => Some((event.from, step)),
        EventContent::Octets(_) => None,
    };
    flow.events.iter().filter_map(step).collect()
}

fn notes(flow: &Flow) -> String {
    flow.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Octets without a pattern that a mistake could hide in.
pub(in crate::net) fn noise(octets: usize, seed: u64) -> Vec<u8> {
    use rand::{Rng as _, SeedableRng as _};
    let mut bytes = vec![0; octets];
    rand_pcg::Pcg64Mcg::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// A stream that remembers what crossed it.
struct RecordingStream {
    stream: TcpStream,
    read: Vec<u8>,
    written: Vec<u8>,
}

impl Read for RecordingStream {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let octets = self.stream.read(buf)?;
        self.read.extend_from_slice(&buf[..octets]);
        Ok(octets)
    }
}

impl Write for RecordingStream {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        let octets = self.stream.write(buf)?;
        self.written.extend_from_slice(&buf[..octets]);
        Ok(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

/// A certificate authority of the test's own, and servers it vouches for.
pub(in crate::net) struct TestAuthority(rcgen::CertifiedIssuer<'static, rcgen::KeyPair>);

impl TestAuthority {
    pub(in crate::net) fn new() -> Self {
        Self::named("Test Authority")
    }

    fn named(name: &str) -> Self {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap())
    }

    pub(in crate::net) fn certificate(&self) -> rustls::pki_types::CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A server's configuration with a certificate for `name`, valid for the years given.
    pub(in crate::net) fn server(
        &self,
        name: &str,
        years: std::ops::Range<i32>,
        alpn: &[&[u8]],
    ) -> rustls::ServerConfig {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        config
    }
}

/// Speaks TLS as a server over a witnessed stream.
fn tls_over(
    stream: TcpStream,
    config: rustls::ServerConfig,
) -> rustls::StreamOwned<rustls::ServerConnection, RecordingStream> {
    let session = rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap();
    rustls::StreamOwned::new(session, RecordingStream { stream, read: Vec::new(), written: Vec::new() })
}

fn quick() -> Timeouts {
    let short = Duration::from_millis(200);
    Timeouts { connect: Duration::from_secs(5), tls: short, first_octet: short, idle: short, ..Timeouts::default() }
}
