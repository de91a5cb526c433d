//! `[application]` in a site's `site.toml`: which program stands behind the site, and what it is told. Every key is explained in
//! `assets/lab/README.md`.

use std::collections::BTreeSet;

use serde::Deserialize;

/// A program and its settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum ApplicationFile {
    /// Sells things to customers it knows again.
    Shop(ShopFile),
    /// Shows advertisements on other sites, and keeps what it learns of their readers.
    AdNetwork(AdNetworkFile),
    /// Counts visits.
    VisitCounter(VisitCounterFile),
    /// Sets cookies with every attribute there is, and some that it may not set.
    CookieDemonstrations(CookieDemonstrationsFile),
}

/// A shop.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShopFile {
    /// How it calls itself.
    pub(super) title: String,
    /// The number of its first customer.
    pub(super) first_customer: u32,
    /// The address of the image its pages embed, if any: `https://ad.doubleclick.net/ad?468x60`.
    pub(super) advertisement: Option<String>,
    /// Where its advertisements lead.
    pub(super) advertisement_link: Option<String>,
    /// Who may buy what it knows of a customer.
    #[serde(default, rename = "buyer")]
    pub(super) buyers: Vec<BuyerFile>,
    #[serde(rename = "item")]
    pub(super) items: Vec<ItemFile>,
}

/// A buyer of customers' rows, and how it proves who it is (Basic, RFC 7617).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuyerFile {
    pub(super) user: String,
    pub(super) password: String,
}

/// Something a shop sells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemFile {
    pub(super) number: u32,
    /// The shelf it stands on: a part of its path, in small letters.
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) price_cents: u32,
    pub(super) about: String,
}

/// An ad network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdNetworkFile {
    /// The `Domain` of its cookies.
    pub(super) cookie_domain: String,
    /// The banner of those it knows nothing of: a file of the site.
    pub(super) banner: String,
    /// Hosts to which a click may lead.
    pub(super) advertisers: Vec<String>,
    #[serde(default, rename = "topic")]
    pub(super) topics: Vec<TopicFile>,
    #[serde(default, rename = "seller")]
    pub(super) sellers: Vec<SellerFile>,
}

/// What an ad network learns from a page on which its image stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicFile {
    /// How the page's host and path begin: `www.cnn.com/asthma`.
    pub(super) page: String,
    /// What it tells of the reader: `reads about asthma`.
    pub(super) fact: String,
    /// What is shown to such readers: a file of the site.
    pub(super) banner: Option<String>,
}

/// A site that sells an ad network what it knows of its customers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SellerFile {
    pub(super) site: String,
    pub(super) user: String,
    pub(super) password: String,
}

/// A visit counter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitCounterFile {
    /// The `Domain` of the cookie that carries a name.
    pub(super) cookie_domain: String,
}

/// Demonstrations of cookies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CookieDemonstrationsFile {
    /// The other site, for what differs by site.
    pub(super) other_site: String,
}

/// Things one shop may sell.
const MAX_ITEMS: usize = 200;

impl ApplicationFile {
    /// What is expected where a setting is none that can be; `None` where all can.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        match self {
            Self::Shop(shop) => shop.flaw(),
            Self::AdNetwork(network) => {
                let hosts = network.advertisers.iter().chain([&network.cookie_domain]);
                (!hosts.clone().all(|host| is_host(host)))
                    .then_some("advertisers and a cookie_domain that are host names")
            }
            Self::VisitCounter(counter) => {
                (!is_host(&counter.cookie_domain)).then_some("a cookie_domain that is a host name")
            }
            Self::CookieDemonstrations(demonstrations) => {
                (!is_host(&demonstrations.other_site)).then_some("an other_site that is a host name")
            }
        }
    }

    /// The files of the site it names.
    pub(super) fn files(&self) -> Vec<&str> {
        match self {
            Self::AdNetwork(network) => {
                let banners = network.topics.iter().filter_map(|topic| topic.banner.as_deref());
                banners.chain([network.banner.as_str()]).collect()
            }
            Self::Shop(_) | Self::VisitCounter(_) | Self::CookieDemonstrations(_) => Vec::new(),
        }
    }
}

impl ShopFile {
    fn flaw(&self) -> Option<&'static str> {
        let numbers: BTreeSet<u32> = self.items.iter().map(|item| item.number).collect();
        let is_word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-')
                && !RESERVED.contains(&word)
        };
        if self.items.is_empty() || self.items.len() > MAX_ITEMS || numbers.len() < self.items.len() {
            Some("1 to 200 items, each with a number of its own")
        } else if !self.items.iter().all(|item| is_word(&item.subject)) {
            Some("subjects in small letters and hyphens, none of them a page of the shop")
        } else if self.first_customer == 0 {
            Some("a first_customer of at least 1")
        } else {
            None
        }
    }
}

/// First parts of paths that are pages of a shop.
const RESERVED: [&str; 5] = ["cart", "login", "logout", "account", "partners"];

fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-'))
}
