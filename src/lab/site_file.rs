//! A site's folder: its files, and `site.toml`, which describes what is not a plain file: redirects, handlers, misbehaviour.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::SystemTime};

use bytes::Bytes;
use serde::Deserialize;
use toml::Spanned;

use super::{
    application_file::ApplicationFile,
    file_error::{FilePlace, LabFileError},
};

/// A site as its folder describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteFile {
    /// Files by path, without the leading slash.
    pub(super) files: BTreeMap<String, Arc<StoredFile>>,
    /// The program behind the site.
    pub(super) application: Option<ApplicationFile>,
    pub(super) redirects: Vec<Redirect>,
    pub(super) handlers: Vec<HandlerAt>,
    pub(super) misbehaves: Vec<MisbehaviourAt>,
    /// Path prefixes below which PUT and DELETE work, each beginning and ending with a slash.
    pub(super) writable: Vec<String>,
    /// Folders shown as a list of their files where they have no index file.
    pub(super) listed: Vec<String>,
    /// What only those see who know a password.
    pub(super) protected: Vec<Protected>,
    /// Media types by extension, before the usual ones.
    pub(super) types: BTreeMap<String, String>,
}

/// One file of a site, at one moment: a change makes another one.
#[derive(Debug)]
pub(super) struct StoredFile {
    pub(super) content: Bytes,
    pub(super) modified: SystemTime,
    /// Strong entity tag, quotes included (RFC 9110 §8.8.3).
    pub(super) etag: String,
    /// How the content is coded, as `gzip` (RFC 9110 §8.4).
    pub(super) coding: Option<String>,
}

impl StoredFile {
    pub(super) fn new(content: Bytes, modified: SystemTime) -> Self {
        let etag = format!("\"{:x}-{:013x}\"", content.len(), fingerprint(&content) & 0xf_ffff_ffff_ffff);
        Self { content, modified, etag, coding: None }
    }
}

/// FNV-1a, 64 bits: the same for the same octets on every machine, which is all an entity tag needs.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirect {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) status: RedirectStatus,
}

/// The codes a redirect may have. RFC 9110 §15.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct RedirectStatus(pub(super) u16);

impl TryFrom<u16> for RedirectStatus {
    type Error = &'static str;
    fn try_from(code: u16) -> Result<Self, Self::Error> {
        if matches!(code, 301 | 302 | 303 | 307 | 308) {
            Ok(Self(code))
        } else {
            Err("expected 301, 302, 303, 307 or 308")
        }
    }
}

/// A path that asks for a user name and a password (RFC 7617).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Protected {
    /// The path; one that ends in a slash stands for everything below it.
    pub(super) path: String,
    /// What the user is asked for: printable ASCII without quotes and backslashes.
    pub(super) realm: String,
    pub(super) user: String,
    pub(super) password: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandlerAt {
    /// The path; one that ends in a slash stands for everything below it.
    pub(super) path: String,
    pub(super) does: Handler,
    /// The file it works on.
    pub(super) file: Option<String>,
}

/// What a handler does. Each is explained in `assets/lab/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Handler {
    ShowRequest,
    Echo,
    Search,
    Chunked,
    UntilClose,
    Page,
    Object,
    Average,
    RedirectChain,
    Compressed,
    CompressedUnasked,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MisbehaviourAt {
    pub(super) path: String,
    pub(super) how: Misbehaviour,
}

/// The ways to misbehave. Each is explained in `assets/lab/README.md` and on the front page of `rude.lab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Misbehaviour {
    ClosedAtOnce,
    Truncated,
    Reset,
    HalfHead,
    ChunkedCut,
    StalledHead,
    StalledBody,
    Drip,
    DripHead,
    TooShort,
    BothLengths,
    TwoLengths,
    LengthNoNumber,
    ChunkHuge,
    ChunkEndlessSize,
    ChunkBadSize,
    EndlessHead,
    HugeStatusLine,
    NulInHeader,
    BareLf,
    FoldedHeader,
    SpaceBeforeColon,
    Garbage,
    WrongProtocol,
    #[serde(rename = "endless-1xx")]
    EndlessInterim,
    Unasked,
    Nowhere,
}

/// `site.toml` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteToml {
    last_modified: Option<Spanned<String>>,
    #[serde(default)]
    writable: Vec<Spanned<String>>,
    #[serde(default)]
    listed: Vec<Spanned<String>>,
    #[serde(default)]
    types: BTreeMap<String, String>,
    application: Option<Spanned<ApplicationFile>>,
    #[serde(default)]
    protected: Vec<Spanned<Protected>>,
    #[serde(default, rename = "redirect")]
    redirects: Vec<Spanned<Redirect>>,
    #[serde(default, rename = "handler")]
    handlers: Vec<Spanned<HandlerAt>>,
    #[serde(default)]
    misbehaves: Vec<Spanned<MisbehaviourAt>>,
}

/// What a folder holds before `site.toml` is read: content and, where known, the time of its last change.
pub(super) type Contents = BTreeMap<String, (Bytes, Option<SystemTime>)>;

impl SiteFile {
    /// A site from its folder's `contents`; `folder` is named in errors.
    pub(super) fn read(folder: &Path, mut contents: Contents) -> Result<Self, LabFileError> {
        let file = folder.join(SITE_TOML);
        let (raw, _) = contents.remove(SITE_TOML).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(&raw) else {
            return Err(LabFileError::Unfit { file, place: FilePlace::line(1), message: "expected UTF-8 text".into() });
        };
        let written: SiteToml = toml::from_str(text).map_err(|error| LabFileError::toml(&file, text, &error))?;
        let wrong = |span, expected| LabFileError::value(&file, text, span, expected);
        let stated = match &written.last_modified {
            None => None,
            Some(date) => Some(
                httpdate::parse_http_date(date.get_ref())
                    .map_err(|_not_a_date| wrong(date.span(), "a date like Wed, 05 Feb 2014 16:00:31 GMT"))?,
            ),
        };
        for folder in written.writable.iter().chain(&written.listed) {
            if !(folder.get_ref().starts_with('/') && folder.get_ref().ends_with('/')) {
                return Err(wrong(folder.span(), "a path that begins and ends with a slash"));
            }
        }
        let rooted = written.redirects.iter().map(|entry| (&entry.get_ref().from, entry.span()));
        let rooted = rooted.chain(written.protected.iter().map(|entry| (&entry.get_ref().path, entry.span())));
        let rooted = rooted.chain(written.handlers.iter().map(|entry| (&entry.get_ref().path, entry.span())));
        let mut rooted = rooted.chain(written.misbehaves.iter().map(|entry| (&entry.get_ref().path, entry.span())));
        if let Some((_, span)) = rooted.find(|(path, _)| !path.starts_with('/')) {
            return Err(wrong(span, "an entry whose path begins with a slash"));
        }
        let plain = |realm: &str| realm.bytes().all(|octet| matches!(octet, b' '..=b'~') && !b"\"\\".contains(&octet));
        if let Some(entry) = written.protected.iter().find(|entry| !plain(&entry.get_ref().realm)) {
            return Err(wrong(entry.span(), "a realm in printable ASCII without quotes"));
        }
        let mut named =
            written.handlers.iter().filter_map(|entry| Some((entry.get_ref().file.as_ref()?, entry.span())));
        if let Some((_, span)) = named.find(|(file, _)| !contents.contains_key(file.as_str())) {
            return Err(wrong(span, "an entry whose file exists in this folder"));
        }
        if let Some(entry) = &written.application {
            if let Some(expected) = entry.get_ref().flaw() {
                return Err(wrong(entry.span(), expected));
            }
            if !entry.get_ref().files().into_iter().all(|file| contents.contains_key(file)) {
                return Err(wrong(entry.span(), "an application whose files exist in this folder"));
            }
        }
        let stored = |(path, (content, changed)): (String, (Bytes, Option<SystemTime>))| {
            (path, Arc::new(StoredFile::new(content, stated.or(changed).unwrap_or(SystemTime::UNIX_EPOCH))))
        };
        Ok(Self {
            files: contents.into_iter().map(stored).collect(),
            application: written.application.map(Spanned::into_inner),
            redirects: written.redirects.into_iter().map(Spanned::into_inner).collect(),
            handlers: written.handlers.into_iter().map(Spanned::into_inner).collect(),
            misbehaves: written.misbehaves.into_iter().map(Spanned::into_inner).collect(),
            writable: written.writable.into_iter().map(Spanned::into_inner).collect(),
            protected: written.protected.into_iter().map(Spanned::into_inner).collect(),
            listed: written.listed.into_iter().map(Spanned::into_inner).collect(),
            types: written.types,
        })
    }

    /// The media type of a file of this name.
    pub(super) fn media_type(&self, path: &str) -> &str {
        let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
        extension
            .and_then(|extension| self.types.get(extension))
            .map_or_else(|| super::media_type::of(path), String::as_str)
    }
}

/// The one file of a site's folder that is not served.
pub(super) const SITE_TOML: &str = "site.toml";
