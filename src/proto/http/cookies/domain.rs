//! Domains of cookies: which host matches which, what a public suffix is, and what makes two hosts one site.
//! RFC 6265bis §5.1.2, §5.1.3, §5.2; <https://publicsuffix.org/list/>, compiled in by the crate `psl`.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A host as cookies see it: a name in lower case and in ASCII, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CookieHost {
    /// The name; an address as it is written, IPv6 without brackets.
    pub name: String,
    /// Is it an address?
    pub is_address: bool,
}

impl CookieHost {
    /// The host of a URL; `None` where it has none.
    pub fn of(url: &Url) -> Option<Self> {
        Some(match url.host()? {
            Host::Domain(name) => Self { name: name.to_ascii_lowercase(), is_address: false },
            Host::Ipv4(ip) => Self { name: ip.to_string(), is_address: true },
            Host::Ipv6(ip) => Self { name: ip.to_string(), is_address: true },
        })
    }

    /// A host that was written without a URL, as in a file.
    pub fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        Self { is_address: name.parse::<IpAddr>().is_ok(), name }
    }

    /// Is it this machine itself, so that nobody is on the way (RFC 6265bis §5.8.3)?
    pub fn is_this_machine(&self) -> bool {
        match self.name.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.octets().first() == Ipv4Addr::LOCALHOST.octets().first(),
            Ok(IpAddr::V6(ip)) => ip.is_loopback(),
            Err(_) => self.name == "localhost" || self.name.ends_with(".localhost"),
        }
    }

    /// Does it match the domain: the same, or a part of it (RFC 6265bis §5.1.3)? An address matches itself only.
    pub fn matches(&self, domain: &str) -> bool {
        self.name == domain || (!self.is_address && is_below(&self.name, domain))
    }

    /// The domain somebody has registered, with everything below it: `amazon.com` of `www.amazon.com`. A host whose name is a public suffix itself, or is
    /// an address, stands for itself.
    pub fn registrable(&self) -> &str {
        if self.is_address { &self.name } else { psl::domain_str(&self.name).unwrap_or(&self.name) }
    }
}

/// Is `name` below `domain`: does it end in a dot and that?
pub(super) fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
}

/// Is the domain one below which anybody can register: `com`, `co.uk`, `github.io`, any name of one label? An address is none.
pub fn is_public_suffix(domain: &str) -> bool {
    domain.parse::<IpAddr>().is_err() && psl::suffix_str(domain).is_some_and(|suffix| suffix == domain)
}

/// A site: the registrable domain, and whether it is spoken to by https (RFC 6265bis §5.2, HTML's "same site").
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// By https?
    pub secure: bool,
    /// The registrable domain, or the host where there is none.
    pub domain: String,
}

impl Site {
    /// The site of a URL; `None` where it has no host.
    pub fn of(url: &Url) -> Option<Self> {
        let host = CookieHost::of(url)?;
        Some(Self { secure: url.scheme() == "https", domain: host.registrable().to_owned() })
    }

    /// As a partition is named: `https://cnn.com`.
    pub fn text(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.domain)
    }
}

#[cfg(test)]
mod a_domain {
    use super::*;

    fn host(name: &str) -> CookieHost {
        CookieHost::named(name)
    }

    #[test]
    fn matches_itself_and_what_is_below_it() {
        for (name, domain, expected) in [
            ("www.amazon.com", "amazon.com", true),
            ("www.amazon.com", "www.amazon.com", true),
            ("amazon.com", "www.amazon.com", false),
            ("notamazon.com", "amazon.com", false),
            ("10.0.0.2", "10.0.0.2", true),
            ("10.0.0.2", "0.2", false),
            ("::1", "::1", true),
            (".amazon.com", "amazon.com", false),
        ] {
            assert_eq!(host(name).matches(domain), expected, "{name} {domain}");
        }
    }

    #[test]
    fn is_registered_below_a_public_suffix() {
        for (name, expected) in [
            ("www.amazon.com", "amazon.com"),
            ("a.b.bbc.co.uk", "bbc.co.uk"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("www.shop.lab", "shop.lab"),
            ("me.github.io", "me.github.io"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(host(name).registrable(), expected, "{name}");
        }
        assert!(is_public_suffix("co.uk") && is_public_suffix("lab") && is_public_suffix("localhost"));
        assert!(!is_public_suffix("amazon.com") && !is_public_suffix("127.0.0.1") && !is_public_suffix(""));
    }

    #[test]
    fn of_this_machine_is_trusted() {
        for name in ["localhost", "shop.localhost", "127.0.0.1", "127.8.8.8", "::1"] {
            assert!(host(name).is_this_machine(), "{name}");
        }
        for name in ["localhost.com", "10.0.0.1", "notlocalhost", "::2"] {
            assert!(!host(name).is_this_machine(), "{name}");
        }
    }

    #[test]
    fn makes_a_site_with_its_scheme() {
        let site = |url: &str| Site::of(&Url::parse(url).unwrap()).unwrap();
        assert_eq!(site("http://a.shop.lab:81/x"), site("http://shop.lab/"));
        assert_ne!(site("http://shop.lab/"), site("https://shop.lab/"));
        assert_eq!(site("https://[::1]/").text(), "https://::1");
    }
}
