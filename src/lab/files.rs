//! The lab's files: those built into the program, and those of a teacher's folder laid over them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    certificates::{Authority, CertificateError},
    embedded,
    file_error::LabFileError,
    plan::Plan,
    site_file::{Contents, SiteFile},
};

/// Hosts, links and sites, read and checked. Cheap to clone; labs opened from clones share the certificate authority.
#[derive(Clone, Debug)]
pub struct LabFiles {
    pub(super) plan: Arc<Plan>,
    pub(super) sites: Arc<BTreeMap<String, Arc<SiteFile>>>,
    authority: Arc<OnceLock<Authority>>,
}

impl LabFiles {
    /// The lab that is built into the program.
    pub fn embedded() -> Self {
        static EMBEDDED: OnceLock<LabFiles> = OnceLock::new();
        EMBEDDED
            .get_or_init(|| {
                let file = Path::new("assets/lab/hosts.toml");
                let built_in = Plan::read(file, embedded::HOSTS).and_then(|plan| {
                    let sites = embedded_sites()?;
                    let plan = plan.checked(file, |site| sites.contains_key(site))?;
                    Ok(Self::of(plan, sites))
                });
                // A test reads them with errors shown; whatever passes it cannot fail here.
                built_in.unwrap_or_else(|_| Self::of(Plan::default(), BTreeMap::new()))
            })
            .clone()
    }

    /// The built-in lab with a folder laid over it: hosts of its `hosts.toml` and folders of its `sites` are added, those of the
    /// same name replaced. With `only = true` in `hosts.toml` the built-in ones are left out. Both parts may be absent.
    ///
    /// At most [`MAX_FILES`] files of together [`MAX_OCTETS`] octets, [`MAX_DEPTH`] folders deep; names that begin with a dot are
    /// left out.
    ///
    /// # Errors
    /// Which file, which line, and what is expected there.
    pub fn from_folder(folder: &Path) -> Result<Self, LabFileError> {
        let hosts = folder.join("hosts.toml");
        let sites_folder = folder.join("sites");
        fs::read_dir(folder).map_err(|source| LabFileError::Unreadable { file: folder.to_owned(), source })?;
        let added = match fs::read_to_string(&hosts) {
            Ok(text) => Plan::read(&hosts, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Plan::default(),
            Err(source) => return Err(LabFileError::Unreadable { file: hosts, source }),
        };
        let built_in = Self::embedded();
        let mut sites = BTreeMap::clone(&built_in.sites);
        if sites_folder.is_dir() {
            let mut budget = Budget::default();
            for (name, path) in entries(&sites_folder)? {
                if path.is_dir() {
                    let mut contents = Contents::new();
                    budget.gather(&path, "", &mut contents)?;
                    sites.insert(name, Arc::new(SiteFile::read(&path, contents)?));
                }
            }
        }
        let plan = Plan::clone(&built_in.plan).overlaid(added).checked(&hosts, |site| sites.contains_key(site))?;
        Ok(Self::of(plan, sites))
    }

    /// The authority that signs the certificates of all labs opened from these files; made when first asked for.
    pub(super) fn authority(&self) -> Result<&Authority, CertificateError> {
        if let Some(authority) = self.authority.get() {
            return Ok(authority);
        }
        let made = Authority::new()?;
        // Where two make one at once, one of them counts.
        Ok(self.authority.get_or_init(|| made))
    }

    fn of(plan: Plan, sites: BTreeMap<String, Arc<SiteFile>>) -> Self {
        Self { plan: Arc::new(plan), sites: Arc::new(sites), authority: Arc::default() }
    }
}

fn embedded_sites() -> Result<BTreeMap<String, Arc<SiteFile>>, LabFileError> {
    let mut folders: BTreeMap<&str, Contents> = BTreeMap::new();
    for (path, content) in embedded::SITE_FILES {
        if let Some((site, path)) = path.split_once('/') {
            folders.entry(site).or_default().insert(path.to_owned(), (Bytes::from_static(content), None));
        }
    }
    let read = |(site, contents): (&str, Contents)| {
        let folder = Path::new("assets/lab/sites").join(site);
        SiteFile::read(&folder, contents).map(|read| (site.to_owned(), Arc::new(read)))
    };
    folders.into_iter().map(read).collect()
}

/// What reading a teacher's folder may still use up.
#[derive(Default)]
struct Budget {
    files: u64,
    octets: u64,
    depth: u64,
}

impl Budget {
    fn gather(&mut self, folder: &Path, prefix: &str, into: &mut Contents) -> Result<(), LabFileError> {
        let too_much = |what, limit| Err(LabFileError::TooMuch { file: folder.to_owned(), what, limit });
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return too_much("depth of folders", MAX_DEPTH);
        }
        for (name, path) in entries(folder)? {
            let unreadable = |source| LabFileError::Unreadable { file: path.clone(), source };
            let about = fs::metadata(&path).map_err(unreadable)?;
            if about.is_dir() {
                self.gather(&path, &format!("{prefix}{name}/"), into)?;
            } else if about.is_file() {
                self.files += 1;
                self.octets += about.len();
                if self.files > MAX_FILES {
                    return too_much("number of files", MAX_FILES);
                }
                if self.octets > MAX_OCTETS {
                    return too_much("octets of files", MAX_OCTETS);
                }
                let content = fs::read(&path).map_err(unreadable)?;
                into.insert(format!("{prefix}{name}"), (content.into(), about.modified().ok()));
            }
        }
        self.depth -= 1;
        Ok(())
    }
}

/// What is in a folder, by name; names that begin with a dot are left out.
fn entries(folder: &Path) -> Result<BTreeMap<String, PathBuf>, LabFileError> {
    let unreadable = |source| LabFileError::Unreadable { file: folder.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            let source = io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8");
            return Err(LabFileError::Unreadable { file: entry.path(), source });
        };
        if !name.starts_with('.') {
            found.insert(name, entry.path());
        }
    }
    Ok(found)
}

/// Files a teacher's folder may have.
pub const MAX_FILES: u64 = 5_000;

/// Octets they may have together.
pub const MAX_OCTETS: u64 = 256 * 1024 * 1024;

/// Folders within folders.
pub const MAX_DEPTH: u64 = 16;
