//! TLS above a stream, at the client's end and at the server's: rustls with ring, the system's authorities in the Internet, the lab's
//! own in the lab.

use std::{
    fmt, io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use rustls::{
    CertificateError, ClientConfig, CommonState, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    time_provider::TimeProvider,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::{
    Clock, NetError, TlsOptions,
    certificate::CertificateFacts,
    error::{CertificateProblem, Stage},
    tap::TappedPipe,
};
use crate::{
    proto::session::{TlsParameters, TlsVersion},
    wire::{ConnectionStep, FlowHandle, NoteKind, Side},
};

/// Whom this network trusts to say who a server is. Read from the system once, at the first TLS connection.
#[derive(Debug, Default)]
pub(super) struct TrustStore {
    extra: Vec<CertificateDer<'static>>,
    system: bool,
    verifier: OnceLock<Arc<dyn ServerCertVerifier>>,
}

impl TrustStore {
    /// The system's authorities.
    pub(super) fn system() -> Self {
        Self { system: true, ..Self::default() }
    }

    /// The same and one more.
    pub(super) fn and(&self, root: CertificateDer<'static>) -> Self {
        let extra = self.extra.iter().cloned().chain([root]).collect();
        Self { extra, system: self.system, verifier: OnceLock::new() }
    }

    async fn verifier(self: &Arc<Self>) -> Result<Arc<dyn ServerCertVerifier>, NetError> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(Arc::clone(verifier));
        }
        let verifier = if self.system {
            // Reads some hundred files: not on a thread that carries octets.
            let extra = self.extra.clone();
            let built = tokio::task::spawn_blocking(move || {
                rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider())
            });
            let built = built.await.map_err(|error| NetError::Io(io::Error::other(error)))?;
            Arc::new(built.map_err(NetError::NoAuthorities)?) as Arc<dyn ServerCertVerifier>
        } else {
            let mut roots = RootCertStore::empty();
            for root in &self.extra {
                roots.add(root.clone()).map_err(NetError::Tls)?;
            }
            let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
            built.map_err(|error| NetError::NoAuthorities(rustls::Error::General(error.to_string())))?
        };
        Ok(Arc::clone(self.verifier.get_or_init(|| verifier)))
    }
}

/// What the client's end of a TLS handshake needs to know besides how TLS is to be spoken.
#[derive(Clone, Debug)]
pub(super) struct TlsClient {
    /// Whom the certificate has to be for.
    pub(super) host: String,
    pub(super) trust: Arc<TrustStore>,
    /// How long the handshake may take.
    pub(super) limit: Duration,
}

impl TlsClient {
    /// Does the handshake over `stream`, whose tap is below TLS. What was agreed is noted on its flow.
    pub(super) async fn establish(
        &self,
        stream: TappedPipe,
        wish: &TlsOptions,
    ) -> Result<(client::TlsStream<TappedPipe>, TlsParameters), NetError> {
        let Self { host, trust, limit } = self;
        // Neither the server's name nor a certificate's has a final dot (RFC 6066 §3, RFC 5280 §4.2.1.6).
        let whole = host.strip_suffix('.').unwrap_or(host).to_owned();
        let name =
            ServerName::try_from(whole).map_err(|source| NetError::NameUnfitForTls { host: host.clone(), source })?;
        let (clock, flow) = (stream.clock().clone(), stream.tap().flow().clone());
        let judge = if wish.accept_any_certificate { None } else { Some(trust.verifier().await?) };
        let witness = Arc::new(CertificateObserver { judge, seen: Mutex::default() });
        let config = client_config(Arc::clone(&witness), wish, &clock)?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let outcome = clock.timeout(*limit, handshake).await;
        let facts = witness.facts();
        let note = || facts.iter().for_each(|facts| note_certificate(&flow, facts, wish, clock.now()));
        match outcome {
            Ok(Ok(stream)) => {
                let (lower, session) = stream.get_ref();
                let tls = parameters(session);
                let at = if clock.is_virtual() { clock.now() } else { lower.arrival().last };
                note_agreement(&flow, &tls, at);
                note();
                Ok((stream, tls))
            }
            Ok(Err(error)) => {
                note();
                Err(refused(error, host, facts))
            }
            Err(_) => Err(NetError::TimedOut { stage: Stage::Tls, limit: *limit }),
        }
    }
}

/// Does the server's end of the handshake over `stream`, within `limit`.
pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    config: Arc<ServerConfig>,
    clock: &Clock,
    limit: Duration,
) -> Result<(server::TlsStream<S>, TlsParameters), NetError> {
    match clock.timeout(limit, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => {
            let tls = parameters(stream.get_ref().1);
            Ok((stream, tls))
        }
        Ok(Err(error)) => Err(refused_by_client(error)),
        Err(_) => Err(NetError::TimedOut { stage: Stage::Tls, limit }),
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// Every connection makes the whole handshake (no resumption), so that each one shows it and measures alike.
fn client_config(
    witness: Arc<CertificateObserver>,
    wish: &TlsOptions,
    clock: &Clock,
) -> Result<ClientConfig, NetError> {
    let time = Arc::new(WorldTime(clock.clone()));
    let mut config = ClientConfig::builder_with_details(provider(), time)
        .with_safe_default_protocol_versions()
        .map_err(NetError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    config.alpn_protocols.clone_from(&wish.alpn);
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// What a handshake that is over has agreed on.
fn parameters(session: &CommonState) -> TlsParameters {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
        // The one other version there is here.
        _ => TlsVersion::Tls13,
    };
    let suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    TlsParameters {
        version,
        cipher_suite: suite.unwrap_or("an unknown cipher suite").to_owned(),
        alpn: session.alpn_protocol().map(<[u8]>::to_vec),
    }
}

fn note_agreement(flow: &FlowHandle, tls: &TlsParameters, at: Duration) {
    let TlsParameters { version, cipher_suite, alpn } = tls;
    flow.step(at, Side::Client, ConnectionStep::TlsEstablished, None);
    let alpn = match alpn {
        Some(name) => format!("; above it {} (ALPN)", String::from_utf8_lossy(name)),
        None => String::new(),
    };
    let clause = match version {
        TlsVersion::Tls12 => "RFC 5246 §7.3",
        TlsVersion::Tls13 => "RFC 8446 §2",
    };
    flow.note(at, NoteKind::Tls, format!("{version} with {cipher_suite}{alpn}."), Some(clause));
}

fn note_certificate(flow: &FlowHandle, facts: &CertificateFacts, wish: &TlsOptions, at: Duration) {
    let CertificateFacts { subject, issuer, from, until, .. } = facts;
    let text =
        format!("The server's certificate is for {subject}, issued by {issuer}, valid from {from} until {until}.");
    flow.note(at, NoteKind::Tls, text, Some("RFC 5280 §4.1"));
    if wish.accept_any_certificate {
        let text = "Any certificate was accepted, as asked for: who the server is has not been checked.";
        flow.note(at, NoteKind::Tls, text, Some("RFC 5280 §6"));
    }
}

/// Why the handshake failed.
fn refused(error: io::Error, host: &str, facts: Option<CertificateFacts>) -> NetError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return NetError::ClosedInTls { by: Side::Server };
    }
    let host = host.to_owned();
    match error.downcast::<rustls::Error>() {
        Ok(rustls::Error::InvalidCertificate(problem)) => {
            let problem = explained(problem, &host, facts.unwrap_or_default());
            NetError::Certificate { host, problem }
        }
        Ok(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
            NetError::NoCommonProtocol { host }
        }
        Ok(source @ rustls::Error::InvalidMessage(_)) => NetError::NotTls { host, source },
        Ok(other) => NetError::Tls(other),
        Err(error) => NetError::from_open(error),
    }
}

/// Why the handshake failed, as a server sees it.
fn refused_by_client(error: io::Error) -> NetError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return NetError::ClosedInTls { by: Side::Client };
    }
    match error.downcast::<rustls::Error>() {
        Ok(source @ rustls::Error::InvalidMessage(_)) => NetError::NoClientHello { source },
        Ok(other) => NetError::Tls(other),
        Err(error) => NetError::from_open(error),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls may learn new ones; its own words stand for them")]
fn explained(problem: CertificateError, host: &str, facts: CertificateFacts) -> CertificateProblem {
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateProblem::Expired { until: facts.until }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateProblem::NotYetValid { from: facts.from }
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName { wanted: host.to_owned(), names: facts.names }
        }
        CertificateError::UnknownIssuer => CertificateProblem::UnknownIssuer { issuer: facts.issuer },
        CertificateError::BadSignature => CertificateProblem::Forged { issuer: facts.issuer },
        CertificateError::Revoked => CertificateProblem::Revoked,
        other => CertificateProblem::Other(other),
    }
}

/// The world's date, so that in the lab a certificate is judged at the lab's date.
#[derive(Debug)]
struct WorldTime(Clock);

impl TimeProvider for WorldTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.date().duration_since(std::time::UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}

/// Sees the certificate, so that it can be told of, and leaves the verification to `judge` (`None` accepts any certificate).
struct CertificateObserver {
    judge: Option<Arc<dyn ServerCertVerifier>>,
    seen: Mutex<Option<CertificateFacts>>,
}

impl CertificateObserver {
    fn facts(&self) -> Option<CertificateFacts> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for CertificateObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateObserver").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for CertificateObserver {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = CertificateFacts::read(certificate);
        match &self.judge {
            Some(judge) => judge.verify_server_cert(certificate, chain, name, ocsp, now),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.judge {
            Some(judge) => judge.verify_tls12_signature(message, certificate, signed),
            None => verify_tls12_signature(message, certificate, signed, &provider().signature_verification_algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.judge {
            Some(judge) => judge.verify_tls13_signature(message, certificate, signed),
            None => verify_tls13_signature(message, certificate, signed, &provider().signature_verification_algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match &self.judge {
            Some(judge) => judge.supported_verify_schemes(),
            None => provider().signature_verification_algorithms.supported_schemes(),
        }
    }
}
