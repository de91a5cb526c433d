//! The lab's certificate authority and the certificates of its TLS servers, made when they are first needed. ECDSA on P-256,
//! so that making one takes a fraction of a millisecond. RFC 5280; the keys never leave the program.

use std::{
    collections::BTreeMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use serde::Deserialize;

/// Why there is no TLS in this lab.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A certificate could not be made.
    #[error("a certificate of the lab could not be made")]
    Making(#[from] rcgen::Error),
    /// A certificate could not be used.
    #[error("a certificate of the lab could not be put to use")]
    Using(#[from] rustls::Error),
}

/// Which certificate a TLS server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Certificate {
    /// For the host's own names, signed by the lab's authority.
    #[default]
    Proper,
    /// For another name.
    OtherName,
    /// No longer valid.
    Expired,
    /// Self-signed.
    SelfSigned,
}

impl Certificate {
    /// What is wrong with it, if anything.
    pub(super) fn flaw(self) -> Option<&'static str> {
        match self {
            Self::Proper => None,
            Self::OtherName => Some("is made out to another name"),
            Self::Expired => Some("has expired"),
            Self::SelfSigned => Some("is signed by itself"),
        }
    }
}

/// Signs the lab's certificates.
pub(super) struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
    configs: Mutex<BTreeMap<ConfigKey, Arc<ServerConfig>>>,
}

/// Whose configuration, which certificate, and the protocols above TLS.
type ConfigKey = (Vec<String>, Certificate, Vec<Vec<u8>>);

impl CertificateAuthority {
    pub(super) fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = params(&[], "Roundtrip Lab authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
            configs: Mutex::default(),
        })
    }

    /// The certificate a client has to trust.
    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The same as text.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// How a TLS server on the host with these `names` and this address introduces itself, with the protocols of `alpn` above TLS (RFC 7301; none: whatever the client
    /// wants). No session tickets: each handshake is a whole one.
    pub(super) fn server(
        &self,
        names: &[String],
        ip: IpAddr,
        certificate: Certificate,
        alpn: &[&[u8]],
    ) -> Result<Arc<ServerConfig>, CertificateError> {
        let alpn: Vec<Vec<u8>> = alpn.iter().map(|name| name.to_vec()).collect();
        let key = (names.to_vec(), certificate, alpn.clone());
        if let Some(config) = self.configs.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(config));
        }
        let mut config = self.make(names, ip, certificate)?;
        config.alpn_protocols = alpn;
        let config = Arc::new(config);
        self.configs.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&config));
        Ok(config)
    }

    fn make(&self, names: &[String], ip: IpAddr, shown: Certificate) -> Result<ServerConfig, CertificateError> {
        let key = KeyPair::generate()?;
        let mut names = names.to_vec();
        names.push(ip.to_string());
        // Reached through the gateway the host has these names, too.
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        if shown == Certificate::OtherName {
            names = vec![OTHER_NAME.to_owned()];
        }
        let mut params = params(&names, names.first().map_or("", String::as_str))?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if shown == Certificate::Expired {
            (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
        }
        let certificate = match shown {
            Certificate::SelfSigned => params.self_signed(&key)?,
            Certificate::Proper | Certificate::OtherName | Certificate::Expired => {
                params.signed_by(&key, &self.issuer)?
            }
        };
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// Valid in any year a lab may be set in: a virtual world's date need not be the machine's.
fn params(names: &[String], common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.distinguished_name.push(DnType::OrganizationName, "Roundtrip Lab Internet");
    (params.not_before, params.not_after) = (date_time_ymd(1990, 1, 1), date_time_ymd(2090, 1, 1));
    Ok(params)
}

/// Whom the certificate of a server that shows the wrong one is made out to.
const OTHER_NAME: &str = "polite.lab";
