//! The demonstrations: for each, the lines its answer sets and what each of them is to show. RFC 6265bis §4.1, §5.

/// One page that sets cookies.
#[derive(Debug)]
pub(super) struct Demonstration {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    /// `Set-Cookie` values and what each shows. `{site}` is the site's own name, `{other}` another site's; `{in 10 minutes}`,
    /// `{in 30 days}` and `{yesterday}` are dates.
    pub(super) lines: &'static [(&'static str, &'static str)],
    /// Where to look next: address and words.
    pub(super) links: &'static [(&'static str, &'static str)],
}

/// All of them, in the order in which the front page lists them.
pub(super) const DEMONSTRATIONS: &[Demonstration] = &[
    Demonstration {
        path: "/domain",
        title: "Domain",
        about: "Which hosts get a cookie. Without Domain only the host that set it, with Domain that host and all below it.",
        lines: &[
            ("only=1", "host-only: it goes to {site} and to no other host"),
            ("all=1; Domain={site}", "it goes to {site} and to every host below it"),
            ("dot=1; Domain=.{site}", "the same: a dot in front counts for nothing"),
        ],
        links: &[("http://www.{site}/show", "What comes at www.{site}"), ("/show", "What comes here")],
    },
    Demonstration {
        path: "/path",
        title: "Path",
        about: "Which paths of the host get a cookie. Without Path it is the folder of the page that set it.",
        lines: &[
            ("everywhere=1; Path=/", "it goes with every path"),
            ("here=1; Path=/path", "it goes with /path and with what is below it"),
            ("below=1; Path=/path/below", "it goes with /path/below, and not with this page"),
            ("folder=1", "without Path: the folder of this page, which is /"),
            ("elsewhere=1; Path=/other", "accepted, and never sent to this page"),
        ],
        links: &[("/path/below", "A page below"), ("/show", "A page beside")],
    },
    Demonstration {
        path: "/path/below",
        title: "Below a path",
        about: "A page below /path: its own cookie without Path belongs to /path.",
        lines: &[("deeper=1", "without Path: the folder of this page, which is /path")],
        links: &[("/path", "Back")],
    },
    Demonstration {
        path: "/expires",
        title: "Expires",
        about: "Until when a cookie is kept. Without Expires and Max-Age it ends with the session.",
        lines: &[
            ("minutes=1; Expires={in 10 minutes}", "kept for ten minutes"),
            ("days=1; Expires={in 30 days}", "kept for thirty days"),
            ("session=1", "kept until the browser ends its session"),
            ("gone=1; Expires={yesterday}", "a date that is past: what is kept under this name goes"),
            (
                "unclear=1; Expires=next week",
                "no date: the attribute counts for nothing, and the cookie ends with the session",
            ),
        ],
        links: &[("/show", "What comes here")],
    },
    Demonstration {
        path: "/max-age",
        title: "Max-Age",
        about: "For how many seconds a cookie is kept. Max-Age counts more than Expires.",
        lines: &[
            ("short=1; Max-Age=60", "kept for a minute"),
            ("year=1; Max-Age=31536000", "kept for a year"),
            ("longest=1; Max-Age=999999999", "kept for 400 days, the most there is"),
            ("zero=1; Max-Age=0", "what is kept under this name goes"),
            ("wins=1; Expires={yesterday}; Max-Age=600", "kept for ten minutes, whatever Expires says"),
        ],
        links: &[("/show", "What comes here")],
    },
    Demonstration {
        path: "/secure",
        title: "Secure",
        about: "A Secure cookie goes over https only, and only https can set it.",
        lines: &[("vault=9; Secure", "refused over http"), ("open=1", "goes over both")],
        links: &[
            ("https://{site}/secure", "The same over https"),
            ("/show", "What comes here"),
            ("http://{site}/show", "What comes over http"),
        ],
    },
    Demonstration {
        path: "/httponly",
        title: "HttpOnly",
        about: "Scripts cannot read an HttpOnly cookie. In the messages there is no difference.",
        lines: &[
            ("hidden=1; HttpOnly", "goes with requests, and no script can read it"),
            ("visible=1", "scripts can read it"),
        ],
        links: &[("/show", "What comes here")],
    },
    Demonstration {
        path: "/samesite",
        title: "SameSite",
        about: "Whether a cookie goes with requests that pages of other sites cause.",
        lines: &[
            ("strict=1; SameSite=Strict", "with no request that another site causes"),
            ("lax=1; SameSite=Lax", "with a link from another site, and not with its images and forms"),
            ("none=1; SameSite=None; Secure", "with every request over https"),
            ("unsaid=1", "counts as Lax"),
            ("half=1; SameSite=None", "refused: None needs Secure"),
        ],
        links: &[
            ("http://{other}/embedded", "A page of another site with an image and a link to this one"),
            ("/show", "What comes here"),
        ],
    },
    Demonstration {
        path: "/prefixes",
        title: "Prefixes",
        about: "A name that begins with __Secure- or __Host- promises how the cookie was set.",
        lines: &[
            ("__Secure-kept=1; Secure", "needs Secure, and so https"),
            ("__Host-kept=1; Secure; Path=/", "needs Secure, Path=/ and no Domain"),
            ("__Secure-open=1", "refused: it is not Secure"),
            ("__Host-path=1; Secure; Path=/prefixes", "refused: its Path is not /"),
            ("__Host-domain=1; Secure; Path=/; Domain={site}", "refused: it has a Domain"),
            ("__hOsT-case=1; Path=/", "refused: letters are the same in upper and lower case"),
        ],
        links: &[("https://{site}/prefixes", "The same over https"), ("/show", "What comes here")],
    },
    Demonstration {
        path: "/partitioned",
        title: "Partitioned",
        about: "A cookie of its own for each site in whose pages this one is embedded.",
        lines: &[
            ("__Host-part=1; Secure; Path=/; SameSite=None; Partitioned", "one for each top-level site"),
            (
                "whole=1; Secure; Path=/; SameSite=None",
                "the same one everywhere, where third parties may set cookies at all",
            ),
        ],
        links: &[
            ("https://{site}/partitioned", "The same over https"),
            ("http://{other}/embedded", "A page of another site that embeds an image of this one"),
        ],
    },
    Demonstration {
        path: "/nameless",
        title: "Without a name",
        about: "The notes write a cookie as a number alone. Browsers take that for a value without a name.",
        lines: &[
            ("1678", "a value without a name, sent back as it is"),
            ("empty=", "a name without a value"),
            ("=", "neither: refused"),
        ],
        links: &[("/show", "What comes here")],
    },
    Demonstration {
        path: "/may-not",
        title: "What a site may not set",
        about: "The answer that carried this page tried to set six cookies. Over http, only the first is allowed.",
        lines: &[
            ("ok=2", "a cookie of its own"),
            ("all=1; Domain=lab", "one for every host below lab, which is a public suffix"),
            ("id=1678; Domain=www.amazon.com", "one in the name of the shop"),
            ("s=1; Secure", "a Secure one, over plain http"),
            ("vault=evil", "one that covers a Secure one that was set over https"),
            ("__Host-x=1; Path=/", "a __Host- name without Secure"),
        ],
        links: &[
            ("https://{site}/secure", "First set vault over https"),
            ("https://{site}/may-not", "Try over https"),
            ("/may-not", "Ask again"),
        ],
    },
];

/// What the image sets that other sites embed.
pub(super) const IMAGE_LINES: &[&str] = &[
    "third=1; SameSite=None; Secure; Max-Age=7776000",
    "third_unsaid=1; Max-Age=7776000",
    "__Host-box=3; Secure; Path=/; SameSite=None; Partitioned; Max-Age=7776000",
];
