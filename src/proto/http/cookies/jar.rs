//! The jar: cookies by site, what comes into it and what goes along with a request. RFC 6265bis §5.7, §5.8.
//!
//! It reads no clock and keeps nothing on a disk: dates come in, and what it decides comes out as values.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::{
    cookie::{Cookie, is_same},
    date::UnixMicros,
    decision::{CookieDecision, EvictionReason, Outcome, RefusalReason},
    domain::CookieHost,
    limits::{MAX_COOKIES, MAX_COOKIES_PER_DOMAIN, MAX_LINES},
    request::CookieRequest,
    retrieval,
    rules::CookieRules,
    set_cookie::SetCookie,
    storage::{JarRules, cookie_of},
    text::CookieText,
};

/// Cookies, and the rules by which they come and go.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    /// By the registrable domain of each.
    sites: BTreeMap<String, Vec<Arc<Cookie>>>,
    count: usize,
    /// The number of the next cookie.
    next: u64,
    /// The earliest date at which one of them expires, as far as is known.
    next_expiry: Option<UnixMicros>,
}

/// What goes along with a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retrieval {
    /// The value of the `Cookie` line; `None` where there is none.
    pub header: Option<Vec<u8>>,
    /// What became of each cookie of the request's site, those that are sent first and in their order.
    pub decisions: Vec<CookieDecision>,
}

impl Jar {
    /// A jar with these cookies in it, whatever the rules would say to them.
    pub fn with(cookies: impl IntoIterator<Item = Cookie>) -> Self {
        let mut jar = Self::default();
        cookies.into_iter().for_each(|cookie| jar.insert(Arc::new(cookie)));
        jar
    }

    /// Every cookie, by site, then as they were set.
    pub fn cookies(&self) -> impl Iterator<Item = &Arc<Cookie>> {
        self.sites.values().flatten()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The cookies that will be set are numbered from this on, where those in the jar are not all there are.
    pub fn number_from(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// A response came with these `Set-Cookie` lines. What is expired goes, and what is too much.
    pub fn receive<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a [u8]>,
        request: &CookieRequest,
        by: JarRules,
        now: UnixMicros,
    ) -> Vec<CookieDecision> {
        let mut decisions = self.expire(by.rules, now);
        let mut lines = lines.into_iter();
        for line in lines.by_ref().take(MAX_LINES) {
            self.receive_line(line, request, by, now, &mut decisions);
        }
        let beyond = lines.count();
        if beyond > 0 {
            let reason = RefusalReason::TooManyLines { beyond };
            let refused = Outcome::Refused { name: CookieText::default(), value: CookieText::default(), reason };
            decisions.push(CookieDecision { rules: by.rules, outcome: refused });
        }
        decisions
    }

    fn receive_line(
        &mut self,
        line: &[u8],
        request: &CookieRequest,
        by: JarRules,
        now: UnixMicros,
        decisions: &mut Vec<CookieDecision>,
    ) {
        let there = self.sites.get(request.host.registrable()).map(Vec::as_slice).unwrap_or_default();
        let made = SetCookie::parse(line, by.rules).and_then(|line| cookie_of(&line, request, by, now, there));
        match made {
            Ok(cookie) => self.store(cookie, by.rules, now, decisions),
            Err(reason) => {
                let (name, value) = SetCookie::names_of(line);
                decisions.push(CookieDecision { rules: by.rules, outcome: Outcome::Refused { name, value, reason } });
            }
        }
    }

    /// Puts a cookie in that was read from a file or written by hand, in the place of the same one; what is too much goes.
    pub fn put(&mut self, cookie: Cookie, rules: CookieRules, now: UnixMicros) -> Vec<CookieDecision> {
        let mut decisions = self.expire(rules, now);
        self.store(cookie, rules, now, &mut decisions);
        decisions
    }

    /// Steps 23 and 24 of §5.7, and what then is too much.
    fn store(&mut self, mut cookie: Cookie, rules: CookieRules, now: UnixMicros, decisions: &mut Vec<CookieDecision>) {
        let before = self.remove(&cookie, rules.are_newest());
        match &before {
            Some(before) => (cookie.created, cookie.number) = (before.created, before.number),
            None => cookie.number = self.next,
        }
        let cookie = Arc::new(cookie);
        let outcome = if cookie.is_expired(now) {
            Outcome::Deleted { cookie, before }
        } else {
            self.insert(Arc::clone(&cookie));
            match before {
                Some(before) => Outcome::Replaced { cookie, before },
                None => Outcome::Accepted { cookie },
            }
        };
        let added = if let Outcome::Accepted { cookie } = &outcome { Some(Arc::clone(cookie)) } else { None };
        decisions.push(CookieDecision { rules, outcome });
        if let Some(added) = added {
            self.make_room(&added, rules, decisions);
        }
    }

    /// Takes the same cookie out, if it is there.
    pub fn remove(&mut self, cookie: &Cookie, host_only_counts: bool) -> Option<Arc<Cookie>> {
        let Entry::Occupied(mut site) = self.sites.entry(site_of(cookie)) else { return None };
        let place = site.get().iter().position(|there| is_same(there, cookie, host_only_counts))?;
        let removed = site.get_mut().remove(place);
        if site.get().is_empty() {
            site.remove();
        }
        self.count -= 1;
        Some(removed)
    }

    /// What goes along with a request; each cookie that does is used at `now`.
    pub fn retrieve(&mut self, request: &CookieRequest, by: JarRules, now: UnixMicros) -> Retrieval {
        let mut decisions = self.expire(by.rules, now);
        let (sent, mut kept) = self.split(request, by, Some(now));
        let header = (!sent.is_empty()).then(|| retrieval::header(&sent));
        let decided = |outcome| CookieDecision { rules: by.rules, outcome };
        decisions.extend(sent.into_iter().map(|cookie| decided(Outcome::Sent { cookie })));
        decisions.append(&mut kept);
        Retrieval { header, decisions }
    }

    /// What would go along with a request at `now`; the jar stays as it is.
    pub fn explain(&self, request: &CookieRequest, by: JarRules, now: UnixMicros) -> Retrieval {
        let mut jar = self.clone();
        jar.retrieve(request, by, now)
    }

    /// The cookies of a request's site: those that are sent, in order, and what keeps the others back.
    fn split(
        &mut self,
        request: &CookieRequest,
        by: JarRules,
        used: Option<UnixMicros>,
    ) -> (Vec<Arc<Cookie>>, Vec<CookieDecision>) {
        let Some(site) = self.sites.get_mut(request.host.registrable()) else { return (Vec::new(), Vec::new()) };
        let top_site = site.iter().any(|cookie| cookie.partition.is_some()).then(|| request.top_site().text());
        let (mut sent, mut kept) = (Vec::new(), Vec::new());
        for cookie in site {
            match retrieval::kept_back(cookie, request, by, top_site.as_deref()) {
                None => {
                    if let Some(now) = used {
                        Arc::make_mut(cookie).accessed = now;
                    }
                    sent.push(Arc::clone(cookie));
                }
                Some(reason) => {
                    let outcome = Outcome::KeptBack { cookie: Arc::clone(cookie), reason };
                    kept.push(CookieDecision { rules: by.rules, outcome });
                }
            }
        }
        retrieval::sort(&mut sent);
        (sent, kept)
    }

    /// Takes out what has expired (§5.7).
    pub fn expire(&mut self, rules: CookieRules, now: UnixMicros) -> Vec<CookieDecision> {
        if self.next_expiry.is_none_or(|next| next > now) {
            return Vec::new();
        }
        let mut decisions = Vec::new();
        let mut next: Option<UnixMicros> = None;
        self.sites.retain(|_, site| {
            site.retain(|cookie| {
                if cookie.is_expired(now) {
                    decisions.push(CookieDecision { rules, outcome: Outcome::Expired { cookie: Arc::clone(cookie) } });
                    return false;
                }
                next = earlier(next, cookie.expires);
                true
            });
            !site.is_empty()
        });
        self.count -= decisions.len();
        self.next_expiry = next;
        decisions
    }

    /// Takes out the session's cookies: the session is over (§5.7).
    pub fn end_session(&mut self, rules: CookieRules) -> Vec<CookieDecision> {
        let session: Vec<Arc<Cookie>> = self.cookies().filter(|cookie| cookie.expires.is_none()).cloned().collect();
        for cookie in &session {
            self.remove(cookie, true);
        }
        let expired = |cookie| CookieDecision { rules, outcome: Outcome::Expired { cookie } };
        session.into_iter().map(expired).collect()
    }

    /// Evicts what is too much after `added` came, in the order of §5.7.
    fn make_room(&mut self, added: &Cookie, rules: CookieRules, decisions: &mut Vec<CookieDecision>) {
        let mut evicted = |jar: &mut Self, cookie: Arc<Cookie>, reason| {
            jar.remove(&cookie, true);
            decisions.push(CookieDecision { rules, outcome: Outcome::Evicted { cookie, reason } });
        };
        let shares = |cookie: &&Arc<Cookie>| cookie.domain == added.domain && cookie.partition == added.partition;
        let site = self.sites.get(&site_of(added)).map(Vec::as_slice).unwrap_or_default();
        let sharing: Vec<&Arc<Cookie>> = site.iter().filter(shares).collect();
        if sharing.len() > MAX_COOKIES_PER_DOMAIN {
            let insecure = longest_unused(sharing.iter().copied().filter(|cookie| !cookie.secure));
            let (oldest, reason) = match insecure {
                Some(insecure) => (Some(insecure), EvictionReason::DomainInsecure),
                None => (longest_unused(sharing.iter().copied()), EvictionReason::Domain),
            };
            if let Some(oldest) = oldest {
                evicted(self, oldest, reason);
            }
        }
        if self.count > MAX_COOKIES
            && let Some(oldest) = longest_unused(self.cookies())
        {
            evicted(self, oldest, EvictionReason::Jar);
        }
    }

    fn insert(&mut self, cookie: Arc<Cookie>) {
        self.next = self.next.max(cookie.number.saturating_add(1));
        self.next_expiry = earlier(self.next_expiry, cookie.expires);
        self.sites.entry(site_of(&cookie)).or_default().push(cookie);
        self.count += 1;
    }
}

/// The registrable domain a cookie belongs to.
pub fn site_of(cookie: &Cookie) -> String {
    CookieHost::named(&cookie.domain).registrable().to_owned()
}

fn longest_unused<'a>(cookies: impl Iterator<Item = &'a Arc<Cookie>>) -> Option<Arc<Cookie>> {
    cookies.min_by_key(|cookie| (cookie.accessed, cookie.number)).cloned()
}

fn earlier(one: Option<UnixMicros>, other: Option<UnixMicros>) -> Option<UnixMicros> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
