//! The lab's files: those built into the program, and those of a teacher's folder laid over them.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    certificates::{CertificateAuthority, CertificateError},
    embedded,
    file_error::LabFileError,
    plan::Plan,
    service::LabContents,
    site_file::{Contents, SiteFile},
    zones::{self, Zones, embedded_zones},
};

/// Hosts, links, sites and zones, read and checked. Cheap to clone; labs opened from clones share the certificate authority.
#[derive(Clone, Debug)]
pub struct LabFiles {
    pub(super) plan: Arc<Plan>,
    pub(super) sites: Arc<BTreeMap<String, Arc<SiteFile>>>,
    pub(super) zones: Arc<Zones>,
    authority: Arc<OnceLock<CertificateAuthority>>,
}

impl LabFiles {
    /// The lab that is built into the program.
    pub fn embedded() -> Self {
        static EMBEDDED: OnceLock<LabFiles> = OnceLock::new();
        EMBEDDED
            .get_or_init(|| {
                let file = Path::new("assets/lab/hosts.toml");
                let built_in = Plan::read(file, embedded::HOSTS).and_then(|plan| {
                    let (sites, zones) = (embedded_sites()?, embedded_zones()?);
                    Self::checked(file, plan, sites, zones)
                });
                // A test reads them with errors shown; whatever passes it cannot fail here.
                built_in.unwrap_or_else(|_| Self::of(Plan::default(), BTreeMap::new(), Zones::new()))
            })
            .clone()
    }

    /// The built-in lab with a folder laid over it: hosts of its `hosts.toml`, folders of its `sites` and files of its `zones` are
    /// added, those of the same name replaced. With `only = true` in `hosts.toml` the built-in hosts are left out. Each part may be
    /// absent.
    ///
    /// At most [`MAX_FILES`] files of together [`MAX_OCTETS`] octets, [`MAX_DEPTH`] folders deep; names that begin with a dot are
    /// left out.
    ///
    /// # Errors
    /// Which file, which line, and what is expected there.
    pub fn from_folder(folder: &Path) -> Result<Self, LabFileError> {
        let hosts = folder.join("hosts.toml");
        let (sites_folder, zones_folder) = (folder.join("sites"), folder.join("zones"));
        fs::read_dir(folder).map_err(|source| LabFileError::Unreadable { file: folder.to_owned(), source })?;
        let added = match fs::read_to_string(&hosts) {
            Ok(text) => Plan::read(&hosts, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Plan::default(),
            Err(source) => return Err(LabFileError::Unreadable { file: hosts, source }),
        };
        let built_in = Self::embedded();
        let mut sites = BTreeMap::clone(&built_in.sites);
        let mut budget = Budget::default();
        if sites_folder.is_dir() {
            for (name, path) in entries(&sites_folder)? {
                if path.is_dir() {
                    let mut contents = Contents::new();
                    budget.gather(&path, "", &mut contents)?;
                    sites.insert(name, Arc::new(SiteFile::read(&path, contents)?));
                }
            }
        }
        let mut zones = Zones::clone(&built_in.zones);
        if zones_folder.is_dir() {
            let mut contents = Contents::new();
            budget.gather(&zones_folder, "", &mut contents)?;
            for (name, (content, _)) in contents {
                zones::read(&zones_folder.join(&name), &name, &content, &mut zones)?;
            }
        }
        let plan = Plan::clone(&built_in.plan).overlaid(added);
        Self::checked(&hosts, plan, sites, zones)
    }

    /// The built-in lab, with the folder named by the environment variable [`FOLDER_VARIABLE`] laid over it where that is set.
    ///
    /// # Errors
    /// As [`Self::from_folder`].
    pub fn from_environment() -> Result<Self, LabFileError> {
        let named = env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty());
        named.map_or_else(|| Ok(Self::embedded()), |folder| Self::from_folder(Path::new(&folder)))
    }

    /// The authority that signs the certificates of all labs opened from these files; made when first asked for.
    pub(super) fn authority(&self) -> Result<&CertificateAuthority, CertificateError> {
        if let Some(authority) = self.authority.get() {
            return Ok(authority);
        }
        let made = CertificateAuthority::new()?;
        // Where two make one at once, one of them counts.
        Ok(self.authority.get_or_init(|| made))
    }

    /// These, if all that the plan, which comes from `file`, refers to is there.
    fn checked(
        file: &Path,
        plan: Plan,
        sites: BTreeMap<String, Arc<SiteFile>>,
        zones: Zones,
    ) -> Result<Self, LabFileError> {
        let is_site = |site: &str| sites.contains_key(site);
        let is_zone = |zone: &str| zones.contains_key(zone);
        let plan = plan.checked(file, &LabContents { is_site: &is_site, is_zone: &is_zone })?;
        Ok(Self::of(plan, sites, zones))
    }

    fn of(plan: Plan, sites: BTreeMap<String, Arc<SiteFile>>, zones: Zones) -> Self {
        Self { plan: Arc::new(plan), sites: Arc::new(sites), zones: Arc::new(zones), authority: Arc::default() }
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

/// Names a teacher's folder.
pub const FOLDER_VARIABLE: &str = "ROUNDTRIP_LAB";

/// Files a teacher's folder may have.
pub const MAX_FILES: u64 = 5_000;

/// Octets they may have together.
pub const MAX_OCTETS: u64 = 256 * 1024 * 1024;

/// Folders within folders.
pub const MAX_DEPTH: u64 = 16;

#[cfg(test)]
mod a_teachers_folder {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::SystemTime,
    };

    use super::*;
    use crate::{lab::services::dns::Dns, proto::dns::zone::Zone};

    /// A folder of these files, laid over the built-in lab.
    fn read(name: &str, files: &[(&str, &str)]) -> Result<LabFiles, LabFileError> {
        static READ: AtomicU32 = AtomicU32::new(0);
        let number = READ.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("roundtrip-lab-{name}-{}-{number}", std::process::id()));
        for (path, content) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let read = LabFiles::from_folder(&folder);
        fs::remove_dir_all(&folder).unwrap();
        read
    }

    fn names(files: &LabFiles) -> Vec<&str> {
        files.plan.hosts.iter().map(super::super::plan::HostPlan::name).collect()
    }

    const HOST: &str = "format = 1\n\n[[host]]\nnames = [\"my.lab\"]\nip = \"192.0.2.200\"\n\n[[host.service]]\nport = 80\n\
                        speaks = \"http\"\nsites = [\"mine\"]\n";

    #[test]
    fn adds_hosts_and_sites() {
        let files = read(
            "adds",
            &[
                ("hosts.toml", HOST),
                ("sites/mine/index.html", "<p>Mine.</p>"),
                ("sites/mine/a/b.txt", "deep"),
                ("sites/mine/.hidden", "not served"),
            ],
        );
        let files = files.unwrap();
        assert!(names(&files).contains(&"my.lab") && names(&files).contains(&"www.someschool.edu"));
        let served: Vec<&str> = files.sites["mine"].files.keys().map(String::as_str).collect();
        assert_eq!(served, ["a/b.txt", "index.html"]);
        assert!(files.sites["mine"].files["index.html"].modified > SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn replaces_hosts_and_sites_of_the_same_name() {
        let hosts = "format = 1\n[[host]]\nnames = [\"info.cern.ch\"]\nip = \"192.0.2.201\"\n";
        let files = read("replaces", &[("hosts.toml", hosts), ("sites/info.cern.ch/other.html", "x")]).unwrap();
        assert_eq!(names(&files).iter().filter(|name| **name == "info.cern.ch").count(), 1);
        assert_eq!(files.sites["info.cern.ch"].files.len(), 1);
        let alone = read(
            "alone",
            &[("hosts.toml", &HOST.replace("format = 1", "format = 1\nonly = true")), ("sites/mine/x", "")],
        );
        assert_eq!(names(&alone.unwrap()), ["my.lab"]);
        assert_eq!(names(&read("empty", &[]).unwrap()).len(), names(&LabFiles::embedded()).len());
    }

    /// The message for this mistake in `hosts.toml`.
    fn hosts(text: &str) -> String {
        read("mistake", &[("hosts.toml", text), ("sites/mine/x", "")]).unwrap_err().to_string()
    }

    /// Each of these errors says where it stands and what belongs there.
    fn assert_told(cases: &[(String, &str, &str)]) {
        for (told, place, expected) in cases {
            assert!(told.contains(place) && told.contains(expected), "{told}\nshould say {place:?} and {expected:?}");
        }
    }

    #[test]
    fn with_a_mistake_is_told_file_line_and_what_belongs_there() {
        assert_told(&[
            (hosts("format = 2"), "hosts.toml, line 1, column 10: ", "format = 1"),
            (hosts("format = 1\nfromat = 2"), "hosts.toml, line 2, column 1: ", "unknown field `fromat`"),
            (hosts("format = 1\n[[host]\n"), "hosts.toml, line 2, column 8: ", "]"),
            (
                hosts(&HOST.replace("192.0.2.200", "192.0.2")),
                "line 5, column 6: \"192.0.2\" stands where",
                "an IPv4 or IPv6 address",
            ),
            (hosts(&HOST.replace("192.0.2.200", "10.0.0.2")), "line 5, column 6: ", "10.0.0.2 is the student's"),
            (hosts(&HOST.replace("my.lab", "my lab")), "line 4, column 10: ", "a host name"),
            (
                hosts(&HOST.replace("my.lab", "someschool.edu")),
                "two hosts are named someschool.edu",
                "no other host has",
            ),
            (hosts(&HOST.replace("192.0.2.200", "192.0.2.66")), "has the address 192.0.2.66", "no other host has"),
            (
                hosts(&HOST.replace("ip =", "more_ips = [\"192.0.2.66\"]\nip =")),
                "my.lab has the address 192.0.2.66",
                "no other host has",
            ),
            (
                hosts(&HOST.replace("ip =", "more_ips = [\"localhost\"]\nip =")),
                "line 5, column 13: ",
                "an IPv4 or IPv6 address",
            ),
            (
                hosts(&HOST.replace("ip =", "links = [\"moon\"]\nip =")),
                "my.lab is behind \"moon\"",
                "the name of a [[link]]",
            ),
            (
                hosts("format = 1\n[[link]]\nname = \"x\"\ndelay_millis = -1.0"),
                "line 4, column 16: -1.0 stands where",
                "milliseconds one way",
            ),
            (
                hosts("format = 1\n[[link]]\nname = \"x\"\ndelay_millis = 1.0\nloss = 1.0"),
                "line 5, column 8: ",
                "a probability",
            ),
        ]);
        assert!(
            LabFiles::from_folder(Path::new("/no/such/folder")).unwrap_err().to_string().contains("/no/such/folder")
        );
    }

    #[test]
    fn with_a_mistake_in_a_service_is_told_so_by_its_kind() {
        assert_told(&[
            (hosts(&HOST.replace("port = 80", "port = 70000")), "line 8, column 8: ", "u16"),
            (
                hosts(&HOST.replace("\"http\"", "\"gopher\"")),
                "line 9, column 10: ",
                "unknown variant `gopher`, expected one of `http`",
            ),
            (
                hosts(&HOST.replace("sites =", "sights =")),
                "line 10, column 1: ",
                "unknown field `sights`, expected one of `sites`",
            ),
            (
                hosts(&format!("{HOST}certificate = \"proper\"\n")),
                "line 11, column 1: ",
                "a service that says speaks = \"https\"",
            ),
            (
                hosts(&format!("{HOST}zones = [\"edu\"]\n")),
                "line 11, column 1: ",
                "`zones` belongs to a service that says speaks = \"dns\"",
            ),
            (
                hosts(&format!("{HOST}keep_alive = {{ seconds = 0, requests = 1 }}\n")),
                "line 11, column 14: ",
                "at least 1 second and 1 request",
            ),
            (hosts(&HOST.replace("port = 80\n", "")), "line 7, column 1: ", "missing field `port`"),
            (hosts(&HOST.replace("[[host.service]]", "[host.service]")), "line 7, column 1: ", "[[host.service]]"),
            (
                hosts(&format!("{HOST}\n[[host.service]]\nport = 80\nspeaks = \"silence\"\n")),
                "line 13, column 8: ",
                "a port no other service has",
            ),
            (hosts(&format!("{HOST}gateway_port = 80\n")), "line 11, column 16: ", "a port from 1024 to 65535"),
            (hosts(&HOST.replace("[\"mine\"]", "[]")), "line 8, column 8: ", "at least one"),
            (hosts(&HOST.replace("\"mine\"", "\"yours\"")), "my.lab:80 serves \"yours\"", "a folder in sites/"),
            (hosts(&format!("{HOST}gateway_port = 8081\n")), "my.lab:80 has gateway_port 8081", "no other service has"),
        ]);
    }

    #[test]
    fn with_a_mistake_in_a_site_is_told_so_too() {
        let site = |text: &str| read("site-mistake", &[("sites/mine/site.toml", text)]).unwrap_err().to_string();
        assert_told(&[
            (
                site("last_modified = \"yesterday\""),
                "site.toml, line 1, column 17: \"yesterday\" stands where",
                "a date like",
            ),
            (site("writable = [\"x\"]"), "site.toml, line 1, column 13: ", "begins and ends with a slash"),
            (
                site("[[redirect]]\nfrom = \"/a\"\nto = \"/b\"\nstatus = 200"),
                "line 4, column 10: ",
                "301, 302, 303, 307 or 308",
            ),
            (site("[[handler]]\npath = \"/a\"\ndoes = \"magic\""), "line 3, column 8: ", "unknown variant `magic`"),
            (
                site("[[handler]]\npath = \"/a\"\ndoes = \"average\"\nfile = \"no.txt\""),
                "line 1, column 1: ",
                "file exists",
            ),
            (site("[[misbehaves]]\npath = \"a\"\nhow = \"reset\""), "line 1, column 1: ", "begins with a slash"),
            (site("[application]\nkind = \"magic\""), "line 2, column 8: ", "unknown variant `magic`"),
            (
                site("[application]\nkind = \"visit-counter\"\ncookie_domain = \"a b\""),
                "line 1, column 1: ",
                "a host name",
            ),
            (site(&shop("first_customer = 0", "books")), "line 1, column 1: ", "a first_customer of at least 1"),
            (site(&shop("first_customer = 1\nrebate = 1", "books")), "line 1, column 1: ", "unknown field `rebate`"),
            (site(&shop("first_customer = 1", "cart")), "line 1, column 1: ", "none of them a page of the shop"),
            (
                site(
                    "[application]\nkind = \"ad-network\"\ncookie_domain = \"a\"\nbanner = \"no.gif\"\nadvertisers = []",
                ),
                "line 1, column 1: ",
                "files exist in this folder",
            ),
        ]);
    }

    fn shop(settings: &str, subject: &str) -> String {
        let item = format!("number = 1\nsubject = \"{subject}\"\ntitle = \"A\"\nprice_cents = 1\nabout = \"B\"");
        format!("[application]\nkind = \"shop\"\ntitle = \"mine\"\n{settings}\n[[application.item]]\n{item}\n")
    }

    #[test]
    fn adds_and_replaces_zones() {
        let hosts = HOST.replace(
            "port = 80\nspeaks = \"http\"\nsites = [\"mine\"]",
            "port = 53\nspeaks = \"dns\"\nzones = [\"mine.lab\"]",
        );
        let zone = "$TTL 60\n@ SOA ns h 7 2 3 4 5\n@ NS ns\nns A 192.0.2.200\n";
        let files = read(
            "zones",
            &[("hosts.toml", &hosts), ("zones/mine.lab.zone", zone), ("zones/lab.zone", zone), ("zones/README", "")],
        );
        let files = files.unwrap();
        assert_eq!(files.zone("mine.lab").and_then(Zone::serial), Some(7));
        assert_eq!(files.zone("lab").and_then(Zone::serial), Some(7));
        assert!(files.zone("edu").is_some() && files.zone("README").is_none());
        let service = &files.plan.hosts.last().unwrap().services[0];
        let server = service.as_kind::<Dns>().unwrap();
        assert_eq!((files.zones_of(server).count(), server.recursion), (1, false));
        let told = |zone: &str| read("wrong-zone", &[("zones/x.zone", zone)]).unwrap_err().to_string();
        for (told, expected) in [
            (told("a 60 A 192.0.2"), "x.zone, line 1: \"192.0.2\" stands where an IPv4 address belongs"),
            (told("\n$INCLUDE y"), "x.zone, line 2: $INCLUDE is not read here"),
            (
                told(&format!("{zone}a MX 1 b\nb CNAME ns\n")),
                "x.zone, line 5: a mail server must have addresses of its own",
            ),
            (told("ns 60 A 192.0.2.200"), "x.zone, line 1: the zone x. has no SOA record (RFC 1035 §5.2)"),
            (
                read("no-zone", &[("hosts.toml", &hosts)]).unwrap_err().to_string(),
                "my.lab:53 serves \"mine.lab\"; expected the name of a file in zones/",
            ),
            (
                read("http-zone", &[("hosts.toml", &format!("{HOST}zones = [\"edu\"]\n")), ("sites/mine/x", "")])
                    .unwrap_err()
                    .to_string(),
                "speaks = \"dns\"",
            ),
        ] {
            assert!(told.contains(expected), "{told}\nshould say {expected:?}");
        }
    }

    #[test]
    fn is_read_within_limits() {
        let deep = format!("sites/mine/{}x", "d/".repeat(20));
        let told = read("deep", &[(&deep, "")]).unwrap_err();
        assert!(matches!(told, LabFileError::TooMuch { what: "depth of folders", limit: MAX_DEPTH, .. }), "{told}");
    }

    proptest::proptest! {
        #[test]
        fn may_hold_anything(text in "\\PC{0,80}|(\\[\\[host\\]\\]|names|ip|=|\"|\\[|\\]|\\n|a|1|\\.){0,40}") {
            let file = Path::new("hosts.toml");
            Plan::read(file, &text).and_then(|plan| plan.checked(file, &LabContents { is_site: &|_| true, is_zone: &|_| true })).ok();
            let contents = [(super::super::site_file::SITE_TOML.to_owned(), (text.into_bytes().into(), None))];
            SiteFile::read(file, contents.into_iter().collect()).ok();
        }
    }
}
