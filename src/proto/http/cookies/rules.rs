//! Which rules a jar follows, whom it trusts in the page of another, and in what the two sets of rules differ.

use serde::{Deserialize, Serialize};

/// The two sets of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CookieRules {
    /// RFC 6265bis, which browsers follow today.
    #[default]
    #[serde(rename = "6265bis")]
    Rfc6265bis,
    /// RFC 6265 of 2011.
    #[serde(rename = "6265")]
    Rfc6265,
}

impl CookieRules {
    /// Both, today's first.
    pub const ALL: [Self; 2] = [Self::Rfc6265bis, Self::Rfc6265];

    /// As clauses write it: `RFC 6265bis`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rfc6265bis => "RFC 6265bis",
            Self::Rfc6265 => "RFC 6265",
        }
    }

    pub(super) fn are_newest(self) -> bool {
        self == Self::Rfc6265bis
    }

    /// One of two clauses, that of RFC 6265bis first.
    pub(super) fn pick(self, newest: &'static str, older: &'static str) -> &'static str {
        if self.are_newest() { newest } else { older }
    }
}

/// What may be done by the server of another site that a page embeds (RFC 6265bis §7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThirdPartyPolicy {
    /// It sets and gets cookies as SameSite lets it.
    #[default]
    Allow,
    /// It neither sets nor gets any, but those with the attribute Partitioned.
    Block,
    /// Its cookies are kept apart for each site whose pages embed it.
    Partition,
}

impl ThirdPartyPolicy {
    /// All, the most generous first.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Partition, Self::Block];

    /// As reports and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
            Self::Partition => "partition",
        }
    }
}

/// In one point the two sets of rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleDifference {
    /// What RFC 6265bis says.
    pub newest: &'static str,
    /// Where.
    pub newest_clause: &'static str,
    /// What RFC 6265 says.
    pub older: &'static str,
    /// Where.
    pub older_clause: &'static str,
}

/// Every point in which they differ, in the order of RFC 6265bis.
pub const RULE_DIFFERENCES: &[RuleDifference] = &[
    RuleDifference {
        newest: "A cookie is kept for 400 days at most.",
        newest_clause: "RFC 6265bis §5.5",
        older: "A cookie is kept as long as the server says.",
        older_clause: "RFC 6265 §5.2.1",
    },
    RuleDifference {
        newest: "A line with a control character is ignored.",
        newest_clause: "RFC 6265bis §5.6 step 1",
        older: "Control characters are kept in the value.",
        older_clause: "RFC 6265 §5.2",
    },
    RuleDifference {
        newest: "A line without an equals sign sets a cookie without a name.",
        newest_clause: "RFC 6265bis §5.6 step 3",
        older: "A line without an equals sign, or with nothing before it, is ignored.",
        older_clause: "RFC 6265 §5.2 steps 2 and 5",
    },
    RuleDifference {
        newest: "Name and value have 4,096 octets together at most, an attribute's value 1,024.",
        newest_clause: "RFC 6265bis §5.6",
        older: "A browser keeps at least 4,096 octets of a cookie; more are its own choice.",
        older_clause: "RFC 6265 §6.1",
    },
    RuleDifference {
        newest: "An empty Domain counts: it takes back a Domain before it.",
        newest_clause: "RFC 6265bis §5.6.3",
        older: "An empty Domain is passed over.",
        older_clause: "RFC 6265 §5.2.3",
    },
    RuleDifference {
        newest: "A Domain outside ASCII is refused.",
        newest_clause: "RFC 6265bis §5.7 step 8",
        older: "A Domain outside ASCII is compared like any other.",
        older_clause: "RFC 6265 §5.3 step 6",
    },
    RuleDifference {
        newest: "Only a secure connection can set a cookie with Secure.",
        newest_clause: "RFC 6265bis §5.7 step 13",
        older: "Any connection can set a cookie with Secure.",
        older_clause: "RFC 6265 §5.3 step 8",
    },
    RuleDifference {
        newest: "An insecure connection cannot lay a cookie over one with Secure.",
        newest_clause: "RFC 6265bis §5.7 step 16",
        older: "An insecure connection can replace a cookie with Secure.",
        older_clause: "RFC 6265 §5.3 step 11",
    },
    RuleDifference {
        newest: "SameSite says whether a cookie is set and sent across sites; without it, it is as Lax.",
        newest_clause: "RFC 6265bis §5.7 steps 17 to 19, §5.8.3",
        older: "There is no SameSite: a cookie goes with every request to its server.",
        older_clause: "RFC 6265 §5.4",
    },
    RuleDifference {
        newest: "A name that begins with __Secure- or __Host- promises what the attributes must then say.",
        newest_clause: "RFC 6265bis §5.7 steps 20 to 22",
        older: "Names mean nothing.",
        older_clause: "RFC 6265 §5.3",
    },
    RuleDifference {
        newest: "A host-only cookie and one for the whole domain are two cookies.",
        newest_clause: "RFC 6265bis §5.7 step 23",
        older: "One replaces the other where name, domain and path are equal.",
        older_clause: "RFC 6265 §5.3 step 11",
    },
    RuleDifference {
        newest: "This machine itself (localhost, 127.0.0.1) counts as a secure connection.",
        newest_clause: "RFC 6265bis §5.8.3",
        older: "Only https is a secure connection.",
        older_clause: "RFC 6265 §5.4 step 1",
    },
];
