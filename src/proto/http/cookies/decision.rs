//! What became of a cookie, by which rule, where the rule stands, and what would have changed it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    cookie::Cookie,
    limits::{MAX_COOKIES, MAX_COOKIES_PER_DOMAIN, MAX_LINES, MAX_NAME_AND_VALUE},
    rules::CookieRules,
    text::CookieText,
};

/// What became of a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieDecision {
    /// By which rules.
    pub rules: CookieRules,
    /// What became of it, and why.
    pub outcome: Outcome,
}

/// What became of a cookie, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the jar now.
    Accepted {
        /// The cookie.
        cookie: Arc<Cookie>,
    },
    /// It is in the jar in the place of another.
    Replaced {
        /// The cookie.
        cookie: Arc<Cookie>,
        /// The one before.
        before: Arc<Cookie>,
    },
    /// It came with a date in the past, by which a server deletes a cookie.
    Deleted {
        /// The cookie as it came.
        cookie: Arc<Cookie>,
        /// The one that was deleted; `None`: there was none.
        before: Option<Arc<Cookie>>,
    },
    /// It does not come into the jar.
    Refused {
        /// Its name, as far as there is one.
        name: CookieText,
        /// The beginning of its value.
        value: CookieText,
        /// Why.
        reason: RefusalReason,
    },
    /// It goes along with a request.
    Sent {
        /// The cookie.
        cookie: Arc<Cookie>,
    },
    /// It is of the request's site, and does not go along.
    KeptBack {
        /// The cookie.
        cookie: Arc<Cookie>,
        /// Why.
        reason: KeepBackReason,
    },
    /// It had to make room.
    Evicted {
        /// The cookie.
        cookie: Arc<Cookie>,
        /// For what.
        reason: EvictionReason,
    },
    /// Its date has passed, or the session is over.
    Expired {
        /// The cookie.
        cookie: Arc<Cookie>,
    },
}

/// What became of a cookie, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is in the jar now.
    Accepted,
    /// It is in the jar in the place of another.
    Replaced,
    /// Its server took it out of the jar.
    Deleted,
    /// It does not come into the jar.
    Refused,
    /// It goes along with a request.
    Sent,
    /// It does not go along with a request of its site.
    KeptBack,
    /// It had to make room.
    Evicted,
    /// Its date has passed, or the session is over.
    Expired,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Replaced,
        Self::Deleted,
        Self::Refused,
        Self::Sent,
        Self::KeptBack,
        Self::Evicted,
        Self::Expired,
    ];

    /// The one that [`Verdict::name`] calls so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// As tables and notes write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
            Self::Refused => "refused",
            Self::Sent => "sent",
            Self::KeptBack => "kept back",
            Self::Evicted => "evicted",
            Self::Expired => "expired",
        }
    }
}

/// Why a cookie does not come into the jar.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    /// The line has a control character.
    ControlCharacter {
        /// Which.
        octet: u8,
    },
    /// RFC 6265: the line has no equals sign.
    NoEqualsSign,
    /// RFC 6265: nothing stands before the equals sign.
    NoName,
    /// Neither a name nor a value.
    Empty,
    /// Name and value are too long.
    TooLong {
        /// Octets of both.
        octets: usize,
    },
    /// The response has more lines than are looked at.
    TooManyLines {
        /// How many are not looked at.
        beyond: usize,
    },
    /// The domain is not ASCII.
    DomainNotAscii,
    /// Anybody can register below the domain.
    PublicSuffix {
        /// The domain.
        domain: String,
    },
    /// The server is not within the domain.
    DomainMismatch {
        /// The domain.
        domain: String,
        /// The server.
        host: String,
    },
    /// `Secure` over a connection that is not.
    SecureFromInsecure,
    /// `HttpOnly` by a script.
    HttpOnlyFromScript,
    /// A script would replace a cookie with `HttpOnly`.
    HttpOnlyThere,
    /// An insecure connection would lay it over a cookie with `Secure`.
    SecureCookieThere {
        /// The path of that cookie.
        path: CookieText,
    },
    /// A page of another site embeds the server, and it is not `SameSite=None`.
    CrossSite,
    /// `SameSite=None` without `Secure`.
    NoneWithoutSecure,
    /// `__Secure-` without `Secure`.
    SecurePrefix,
    /// `__Host-` without something it promises.
    HostPrefix {
        /// What is not as it promises.
        missing: HostPrefixPart,
    },
    /// A cookie without a name has a value that looks like a name with a prefix.
    PrefixInValue,
    /// `Partitioned` without `Secure`.
    PartitionedWithoutSecure,
    /// The policy refuses cookies of third parties.
    ThirdParty,
}

/// What a name with `__Host-` promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostPrefixPart {
    /// `Secure`.
    Secure,
    /// No `Domain`.
    NoDomain,
    /// `Path=/`.
    RootPath,
}

/// Why a cookie does not go along.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeepBackReason {
    /// It is for another host of the site alone.
    HostOnly {
        /// Which.
        host: String,
    },
    /// It is for another domain of the site.
    OtherDomain {
        /// Which.
        domain: String,
    },
    /// The domain is a public suffix.
    PublicSuffix,
    /// It is for another path.
    Path {
        /// Which.
        path: CookieText,
    },
    /// It is for secure connections only.
    Insecure,
    /// A script asks, and it is hidden from scripts.
    Script,
    /// `SameSite=Strict`, and another site causes the request.
    Strict,
    /// `SameSite=Lax` or none, and a page of another site embeds this.
    EmbeddedCrossSite {
        /// The server did not say `Lax`.
        default: bool,
    },
    /// `SameSite=Lax` or none, and the method of the request that another site causes changes something.
    UnsafeCrossSite {
        /// The method.
        method: String,
        /// The server did not say `Lax`.
        default: bool,
    },
    /// It is kept apart for pages of another site.
    Partition {
        /// That site.
        partition: String,
    },
    /// The policy keeps back cookies of third parties.
    ThirdParty,
}

/// For what a cookie had to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvictionReason {
    /// Its domain has too many; this one has no `Secure`.
    DomainInsecure,
    /// Its domain has too many.
    Domain,
    /// The jar has too many.
    Jar,
}

impl CookieDecision {
    /// What became of it, in a word.
    pub fn verdict(&self) -> Verdict {
        match &self.outcome {
            Outcome::Accepted { .. } => Verdict::Accepted,
            Outcome::Replaced { .. } => Verdict::Replaced,
            Outcome::Deleted { .. } => Verdict::Deleted,
            Outcome::Refused { .. } => Verdict::Refused,
            Outcome::Sent { .. } => Verdict::Sent,
            Outcome::KeptBack { .. } => Verdict::KeptBack,
            Outcome::Evicted { .. } => Verdict::Evicted,
            Outcome::Expired { .. } => Verdict::Expired,
        }
    }

    /// The cookie; `None` where it was refused.
    pub fn cookie(&self) -> Option<&Arc<Cookie>> {
        match &self.outcome {
            Outcome::Accepted { cookie }
            | Outcome::Replaced { cookie, .. }
            | Outcome::Deleted { cookie, .. }
            | Outcome::Sent { cookie }
            | Outcome::KeptBack { cookie, .. }
            | Outcome::Evicted { cookie, .. }
            | Outcome::Expired { cookie } => Some(cookie),
            Outcome::Refused { .. } => None,
        }
    }

    /// The cookie's name, as far as there is one.
    pub fn name(&self) -> &CookieText {
        match &self.outcome {
            Outcome::Refused { name, .. } => name,
            Outcome::Accepted { cookie }
            | Outcome::Replaced { cookie, .. }
            | Outcome::Deleted { cookie, .. }
            | Outcome::Sent { cookie }
            | Outcome::KeptBack { cookie, .. }
            | Outcome::Evicted { cookie, .. }
            | Outcome::Expired { cookie } => &cookie.name,
        }
    }

    /// Where the rule stands: `RFC 6265bis §5.7 step 9`.
    pub fn clause(&self) -> &'static str {
        let rules = self.rules;
        match &self.outcome {
            Outcome::Accepted { .. } => rules.pick("RFC 6265bis §5.7 step 24", "RFC 6265 §5.3 step 12"),
            Outcome::Replaced { .. } => rules.pick("RFC 6265bis §5.7 step 23", "RFC 6265 §5.3 step 11"),
            Outcome::Deleted { .. } => rules.pick("RFC 6265bis §3.1", "RFC 6265 §3.1"),
            Outcome::Refused { reason, .. } => reason.clause(rules),
            Outcome::Sent { .. } => rules.pick("RFC 6265bis §5.8.3", "RFC 6265 §5.4"),
            Outcome::KeptBack { reason, .. } => reason.clause(rules),
            Outcome::Evicted { .. } | Outcome::Expired { .. } => rules.pick("RFC 6265bis §5.7", "RFC 6265 §5.3"),
        }
    }

    /// Why, as a plain sentence. It names the cookie's attributes, never its value.
    pub fn sentence(&self) -> String {
        match &self.outcome {
            Outcome::Accepted { cookie } => format!("It is new: {}.", reach(cookie)),
            Outcome::Replaced { cookie, before } if before.value == cookie.value => {
                format!("The jar has it already, with the same value: {}.", reach(cookie))
            }
            Outcome::Replaced { cookie, .. } => {
                format!("It takes the place of the one with the same name, domain and path: {}.", reach(cookie))
            }
            Outcome::Deleted { before: Some(_), .. } => {
                "Its date has passed: that is how a server deletes a cookie.".to_owned()
            }
            Outcome::Deleted { before: None, .. } => {
                "Its date has passed, which would delete it; the jar has none with this name, domain and path."
                    .to_owned()
            }
            Outcome::Refused { reason, .. } => reason.sentence(),
            Outcome::Sent { cookie } => {
                let scope = if cookie.host_only { "alone" } else { "and all hosts below it" };
                let (domain, path) = (&cookie.domain, &cookie.path);
                format!("It is for {domain} {scope}, below {path}, and no attribute is against it.")
            }
            Outcome::KeptBack { reason, .. } => reason.sentence(),
            Outcome::Evicted { reason, .. } => reason.sentence(),
            Outcome::Expired { cookie } if cookie.expires.is_none() => "The session is over.".to_owned(),
            Outcome::Expired { .. } => "Its date has passed.".to_owned(),
        }
    }

    /// What would change it; `None` where nothing is to be changed.
    pub fn remedy(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Refused { reason, .. } => Some(reason.remedy()),
            Outcome::KeptBack { reason, .. } => Some(reason.remedy()),
            Outcome::Evicted { reason, .. } => Some(reason.remedy().to_owned()),
            Outcome::Expired { cookie } if cookie.expires.is_none() => {
                Some("Expires or Max-Age would keep it beyond the session.".to_owned())
            }
            Outcome::Expired { .. } => Some("A later Expires or a longer Max-Age would keep it longer.".to_owned()),
            Outcome::Deleted { before: None, .. } => {
                Some("To delete a cookie, a server repeats the name, domain and path it was set with.".to_owned())
            }
            Outcome::Sent { cookie } => Some(if cookie.expires.is_some() {
                "It goes along until it expires, or until its server or the student deletes it.".to_owned()
            } else {
                "It goes along until the session ends, or until its server or the student deletes it.".to_owned()
            }),
            Outcome::Accepted { .. } | Outcome::Replaced { .. } | Outcome::Deleted { before: Some(_), .. } => None,
        }
    }
}

/// Where it will go, and how long.
fn reach(cookie: &Cookie) -> String {
    let scope = if cookie.host_only { "alone" } else { "and all hosts below it" };
    let end = if cookie.expires.is_some() { "until it expires" } else { "until the session ends" };
    let partition = cookie.partition.as_ref().map_or_else(String::new, |site| format!(", in pages of {site} only"));
    format!("it will go to {} {scope}, below {}{partition}, {end}", cookie.domain, cookie.path)
}

impl RefusalReason {
    /// Where the rule stands.
    pub fn clause(&self, rules: CookieRules) -> &'static str {
        match self {
            Self::ControlCharacter { .. } => "RFC 6265bis §5.6 step 1",
            Self::NoEqualsSign => "RFC 6265 §5.2 step 2",
            Self::NoName => "RFC 6265 §5.2 step 5",
            Self::Empty => rules.pick("RFC 6265bis §5.7 step 2", "RFC 6265 §5.2 step 5"),
            Self::TooLong { .. } => rules.pick("RFC 6265bis §5.6 step 5", "RFC 6265 §6.1"),
            Self::TooManyLines { .. } => rules.pick("RFC 6265bis §6.1", "RFC 6265 §6.1"),
            Self::DomainNotAscii => "RFC 6265bis §5.7 step 8",
            Self::PublicSuffix { .. } => rules.pick("RFC 6265bis §5.7 step 9", "RFC 6265 §5.3 step 5"),
            Self::DomainMismatch { .. } => rules.pick("RFC 6265bis §5.7 step 10", "RFC 6265 §5.3 step 6"),
            Self::SecureFromInsecure => "RFC 6265bis §5.7 step 13",
            Self::HttpOnlyFromScript => rules.pick("RFC 6265bis §5.7 step 15", "RFC 6265 §5.3 step 10"),
            Self::HttpOnlyThere => rules.pick("RFC 6265bis §5.7 step 23", "RFC 6265 §5.3 step 11"),
            Self::SecureCookieThere { .. } => "RFC 6265bis §5.7 step 16",
            Self::CrossSite => "RFC 6265bis §5.7 step 18",
            Self::NoneWithoutSecure => "RFC 6265bis §5.7 step 19",
            Self::SecurePrefix => "RFC 6265bis §5.7 step 20",
            Self::HostPrefix { .. } => "RFC 6265bis §5.7 step 21",
            Self::PrefixInValue => "RFC 6265bis §5.7 step 22",
            Self::PartitionedWithoutSecure => PARTITIONED,
            Self::ThirdParty => rules.pick("RFC 6265bis §7.1", "RFC 6265 §7.1"),
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::ControlCharacter { octet } => {
                format!("The line has the control character {octet:#04x}, so all of it is ignored.")
            }
            Self::NoEqualsSign => "The line has no equals sign, so all of it is ignored.".to_owned(),
            Self::NoName => "Nothing stands before the equals sign, so the line is ignored.".to_owned(),
            Self::Empty => "It has neither a name nor a value.".to_owned(),
            Self::TooLong { octets } => {
                format!("Its name and value have {octets} octets together, and a browser takes {MAX_NAME_AND_VALUE} at most.")
            }
            Self::TooManyLines { beyond } => format!(
                "The response has {beyond} more Set-Cookie lines than the {MAX_LINES} that are looked at, as many as a jar holds."
            ),
            Self::DomainNotAscii => "Its Domain has characters outside ASCII.".to_owned(),
            Self::PublicSuffix { domain } => format!(
                "Its Domain, {domain}, is a public suffix: anybody can register names below it, and all of them would get the cookie."
            ),
            Self::DomainMismatch { domain, host } => {
                format!("Its Domain is {domain}, and {host} does not belong to that: a server sets cookies for its own domain only.")
            }
            Self::SecureFromInsecure => "It has Secure, and it came over a connection that is not.".to_owned(),
            Self::HttpOnlyFromScript => "A script set it, and HttpOnly hides a cookie from scripts.".to_owned(),
            Self::HttpOnlyThere => "The jar has one with HttpOnly, which no script can replace.".to_owned(),
            Self::SecureCookieThere { path } => format!(
                "The jar has a cookie of this name with Secure, for the path {path}: an insecure connection cannot lay another over it."
            ),
            Self::CrossSite => {
                "A page of another site embeds this server, and the cookie does not say SameSite=None.".to_owned()
            }
            Self::NoneWithoutSecure => "It says SameSite=None, which counts together with Secure only.".to_owned(),
            Self::SecurePrefix => "Its name begins with __Secure-, which promises Secure, and that is missing.".to_owned(),
            Self::HostPrefix { missing } => format!(
                "Its name begins with __Host-, which promises Secure, Path=/ and no Domain: {}.",
                match missing {
                    HostPrefixPart::Secure => "Secure is missing",
                    HostPrefixPart::NoDomain => "it has a Domain",
                    HostPrefixPart::RootPath => "Path=/ is missing",
                }
            ),
            Self::PrefixInValue => {
                "It has no name, and its value begins like a name with __Secure- or __Host-: a server would take it for one.".to_owned()
            }
            Self::PartitionedWithoutSecure => "It says Partitioned, which counts together with Secure only.".to_owned(),
            Self::ThirdParty => "A page of another site embeds this server, and the policy refuses cookies of third parties.".to_owned(),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::ControlCharacter { .. } => "Without that character the line would be read.",
            Self::NoEqualsSign | Self::NoName | Self::Empty => {
                "A name, an equals sign and a value would make it a cookie."
            }
            Self::TooLong { .. } => "A shorter value would be taken; servers keep what is long in their own database.",
            Self::TooManyLines { .. } => "Fewer lines would all be looked at.",
            Self::DomainNotAscii => "The domain in its ASCII form (xn--…) would be compared.",
            Self::PublicSuffix { .. } => "The server's own domain, or no Domain at all, would be taken.",
            Self::DomainMismatch { .. } => "The server's own domain or one above it would be taken.",
            Self::SecureFromInsecure => "Over https it would be taken; without Secure also over http.",
            Self::HttpOnlyFromScript | Self::HttpOnlyThere => "A response of the server could set it.",
            Self::SecureCookieThere { .. } => "Over https, or for a path beside that one, it would be taken.",
            Self::CrossSite => {
                "With SameSite=None and Secure over https it would be taken, and so it would on a page of its own."
            }
            Self::NoneWithoutSecure => "With Secure, over https, it would be taken.",
            Self::SecurePrefix => "With Secure, over https, or under another name it would be taken.",
            Self::HostPrefix { .. } => {
                "With Secure, Path=/ and no Domain, over https, or under another name it would be taken."
            }
            Self::PrefixInValue => "With a name it would be taken.",
            Self::PartitionedWithoutSecure => "With Secure, over https, or without Partitioned it would be taken.",
            Self::ThirdParty => {
                "On a page of its own it would be taken, and so it would be under a policy that allows third parties."
            }
        }
        .to_owned()
    }
}

impl KeepBackReason {
    /// Where the rule stands.
    pub fn clause(&self, rules: CookieRules) -> &'static str {
        match self {
            Self::Partition { .. } => PARTITIONED,
            Self::ThirdParty => rules.pick("RFC 6265bis §7.1", "RFC 6265 §7.1"),
            Self::HostOnly { .. }
            | Self::OtherDomain { .. }
            | Self::PublicSuffix
            | Self::Path { .. }
            | Self::Insecure
            | Self::Script
            | Self::Strict
            | Self::EmbeddedCrossSite { .. }
            | Self::UnsafeCrossSite { .. } => rules.pick("RFC 6265bis §5.8.3 step 3", "RFC 6265 §5.4 step 1"),
        }
    }

    fn sentence(&self) -> String {
        let lax = |default: bool| {
            if default { "It says nothing of SameSite, which counts as Lax" } else { "It says SameSite=Lax" }
        };
        match self {
            Self::HostOnly { host } => format!("It was set without a Domain, so it is for {host} alone."),
            Self::OtherDomain { domain } => format!("It is for {domain} and the hosts below it."),
            Self::PublicSuffix => "Its domain has become a public suffix.".to_owned(),
            Self::Path { path } => format!("It is for what is below {path}."),
            Self::Insecure => "It has Secure, and this connection is not.".to_owned(),
            Self::Script => "It has HttpOnly, which hides it from scripts.".to_owned(),
            Self::Strict => "It says SameSite=Strict, and another site causes this request.".to_owned(),
            Self::EmbeddedCrossSite { default } => {
                format!("{}, and a page of another site embeds this.", lax(*default))
            }
            Self::UnsafeCrossSite { method, default } => {
                format!(
                    "{}, and another site causes this request, whose method {method} changes something.",
                    lax(*default)
                )
            }
            Self::Partition { partition } => format!("It is kept apart for pages of {partition}."),
            Self::ThirdParty => {
                "A page of another site embeds this, and the policy keeps back cookies of third parties.".to_owned()
            }
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::HostOnly { host } => {
                format!("A request to {host} would carry it, or a Domain in the line that sets it.")
            }
            Self::OtherDomain { domain } => format!("A request to {domain} or a host below it would carry it."),
            Self::PublicSuffix => "Its server can set it again without that Domain.".to_owned(),
            Self::Path { path } => {
                format!("A request below {path} would carry it, or Path=/ in the line that sets it.")
            }
            Self::Insecure => "Over https it would go along.".to_owned(),
            Self::Script => "HTTP itself sends it along.".to_owned(),
            Self::Strict => "The address typed, or a link on a page of its own site, would carry it.".to_owned(),
            Self::EmbeddedCrossSite { .. } => {
                "A link that is followed would carry it, and with SameSite=None and Secure this request too.".to_owned()
            }
            Self::UnsafeCrossSite { .. } => "A link, which is fetched by GET, would carry it.".to_owned(),
            Self::Partition { partition } => format!("A page of {partition} would carry it."),
            Self::ThirdParty => "A page of its own, or a policy that allows third parties, would carry it.".to_owned(),
        }
    }
}

impl EvictionReason {
    fn sentence(self) -> String {
        match self {
            Self::DomainInsecure => format!(
                "Its domain had more than {MAX_COOKIES_PER_DOMAIN} cookies; of those without Secure it was used longest ago."
            ),
            Self::Domain => {
                format!("Its domain had more than {MAX_COOKIES_PER_DOMAIN} cookies; it was used longest ago.")
            }
            Self::Jar => format!("The jar had more than {MAX_COOKIES} cookies; it was used longest ago."),
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::DomainInsecure => "Secure, or fewer cookies of this domain, would have kept it longer.",
            Self::Domain => "Fewer cookies of this domain would have kept it longer.",
            Self::Jar => "A request that carries it would have kept it longer.",
        }
    }
}

/// Where partitions are described.
const PARTITIONED: &str = "draft-cutler-httpbis-partitioned-cookies";
