//! What of `assets/lab` is built into the program. A test compares this list with the folder.

/// `assets/lab/hosts.toml`.
pub(super) const HOSTS: &str = include_str!("../../assets/lab/hosts.toml");

macro_rules! site_files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../assets/lab/sites/", $path)).as_slice())),*]
    };
}

macro_rules! zone_files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../assets/lab/zones/", $name)))),*]
    };
}

/// Every file of `assets/lab/zones`, by its name.
pub(super) const ZONE_FILES: &[(&str, &str)] = zone_files![
    "10.in-addr.arpa.zone",
    "104.142.in-addr.arpa.zone",
    "119.128.in-addr.arpa.zone",
    "211.141.in-addr.arpa.zone",
    "238.128.in-addr.arpa.zone",
    "245.119.128.in-addr.arpa.zone",
    "amazon.com.zone",
    "arpa.zone",
    "ca.zone",
    "cern.ch.zone",
    "ch.zone",
    "cnn.com.zone",
    "com.zone",
    "crepes.fr.zone",
    "cs.umass.edu.zone",
    "doubleclick.net.zone",
    "ebay.com.zone",
    "edu.zone",
    "eecs.umich.edu.zone",
    "example.com.zone",
    "example.org.zone",
    "fr.zone",
    "hamburger.edu.zone",
    "ibm.com.zone",
    "in-addr.arpa.zone",
    "lab.zone",
    "names.lab.zone",
    "net.zone",
    "netsol.com.zone",
    "org.zone",
    "poly.edu.zone",
    "root-servers.net.zone",
    "root.zone",
    "si.umich.edu.zone",
    "someschool.edu.zone",
    "somesite.com.zone",
    "umass.edu.zone",
    "umich.edu.zone",
    "usatoday.com.zone",
    "uvic.ca.zone",
    "vt.edu.zone",
];

/// Every file below `assets/lab/sites`, by its path there.
pub(super) const SITE_FILES: &[(&str, &[u8])] = site_files![
    "ad.doubleclick.net/banners/books.gif",
    "ad.doubleclick.net/banners/breathing.gif",
    "ad.doubleclick.net/banners/everybody.gif",
    "ad.doubleclick.net/banners/tents.gif",
    "ad.doubleclick.net/index.html",
    "ad.doubleclick.net/site.toml",
    "ads.netsol.com/index.html",
    "ads.netsol.com/landing/P13C22S1N0B12A8D0V103/index.html",
    "ads.netsol.com/site.toml",
    "cookies.lab/box.gif",
    "cookies.lab/site.toml",
    "info.cern.ch/hypertext/WWW/ByHand.html",
    "info.cern.ch/hypertext/WWW/Links.html",
    "info.cern.ch/hypertext/WWW/TheProject.html",
    "info.cern.ch/index.html",
    "info.cern.ch/site.toml",
    "other.lab/box.gif",
    "other.lab/site.toml",
    "rude.lab/gzip-unasked.html",
    "rude.lab/index.html",
    "rude.lab/site.toml",
    "staff.someschool.edu/index.html",
    "staff.someschool.edu/site.toml",
    "www.amazon.com/site.toml",
    "www.cnn.com/asthma.html",
    "www.cnn.com/index.html",
    "www.cnn.com/site.toml",
    "www.cnn.com/weather.html",
    "www.ebay.com/site.toml",
    "www.networkutopia.com/index.html",
    "www.networkutopia.com/site.toml",
    "www.si.umich.edu/index.html",
    "www.si.umich.edu/site.toml",
    "www.someschool.edu/catalogue.html",
    "www.someschool.edu/cgi/marks-broken.txt",
    "www.someschool.edu/cgi/marks.txt",
    "www.someschool.edu/form.html",
    "www.someschool.edu/index.html",
    "www.someschool.edu/private/index.html",
    "www.someschool.edu/range/alphabet.txt",
    "www.someschool.edu/range/lines.txt",
    "www.someschool.edu/site.toml",
    "www.someschool.edu/someDepartment/courses.html",
    "www.someschool.edu/someDepartment/directions.html",
    "www.someschool.edu/someDepartment/home.index",
    "www.someschool.edu/someDepartment/images/01-campus.jpg",
    "www.someschool.edu/someDepartment/images/02-lake.jpg",
    "www.someschool.edu/someDepartment/images/03-peaks.jpg",
    "www.someschool.edu/someDepartment/images/04-mast.jpg",
    "www.someschool.edu/someDepartment/images/05-cable-ship.jpg",
    "www.someschool.edu/someDepartment/images/06-forest.jpg",
    "www.someschool.edu/someDepartment/images/07-dish.jpg",
    "www.someschool.edu/someDepartment/images/08-skyline.jpg",
    "www.someschool.edu/someDepartment/images/09-bridge.jpg",
    "www.someschool.edu/someDepartment/images/10-orbit.jpg",
    "www.someschool.edu/someDepartment/people.html",
    "www.someschool.edu/someDept/pic.gif",
    "www.someschool.edu/status.html",
    "www.someschool.edu/uploads/hello.txt",
    "www.somesite.com/index.html",
    "www.somesite.com/site.toml",
    "www.usatoday.com/index.html",
    "www.usatoday.com/site.toml",
];

/// Small JPEG pictures from which objects of any size are made.
pub(super) const TILES: [&[u8]; 10] = [
    include_bytes!("../../assets/lab/tiles/0.jpg"),
    include_bytes!("../../assets/lab/tiles/1.jpg"),
    include_bytes!("../../assets/lab/tiles/2.jpg"),
    include_bytes!("../../assets/lab/tiles/3.jpg"),
    include_bytes!("../../assets/lab/tiles/4.jpg"),
    include_bytes!("../../assets/lab/tiles/5.jpg"),
    include_bytes!("../../assets/lab/tiles/6.jpg"),
    include_bytes!("../../assets/lab/tiles/7.jpg"),
    include_bytes!("../../assets/lab/tiles/8.jpg"),
    include_bytes!("../../assets/lab/tiles/9.jpg"),
];

/// The smallest JPEG picture there is here: one grey dot.
pub(super) const DOT: &[u8] = include_bytes!("../../assets/lab/tiles/dot.jpg");

#[cfg(test)]
mod the_list_is_the_folder {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::lab::{LabFiles, plan::Plan, site_file::SiteFile};

    fn below(folder: &Path, prefix: &str, into: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                below(&entry.path(), &format!("{path}/"), into);
            } else {
                into.insert(path);
            }
        }
    }

    #[test]
    fn every_file_is_listed_and_every_listed_file_is_there() {
        let mut there = BTreeSet::new();
        below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lab/sites"), "", &mut there);
        let listed: BTreeSet<String> = SITE_FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(listed, there);
        assert_eq!(listed.len(), SITE_FILES.len(), "each is listed once");
        let mut there = BTreeSet::new();
        below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lab/zones"), "", &mut there);
        let listed: BTreeSet<String> = ZONE_FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!((&listed, listed.len()), (&there, ZONE_FILES.len()));
    }

    #[test]
    fn the_built_in_lab_has_no_mistake_in_it() {
        Plan::read(Path::new("hosts.toml"), HOSTS).unwrap();
        let files = LabFiles::embedded();
        for (path, _) in SITE_FILES {
            let site = path.split('/').next().unwrap();
            assert!(files.sites.contains_key(site), "{site} could not be read");
        }
        assert_eq!(files.plan.hosts.first().map(|host| host.names[0].as_str()), Some("www.someschool.edu"));
    }

    #[test]
    fn the_pictures_have_the_sizes_the_document_gives() {
        let document = include_str!("../../assets/lab/README.md");
        let mut total = 0;
        for (path, content) in SITE_FILES.iter().filter(|(path, _)| path.contains("/images/")) {
            let name = path.rsplit('/').next().unwrap();
            let line =
                document.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name} is not in it"));
            let digits = |cell: &str| cell.trim().replace(',', "").parse::<usize>();
            assert_eq!(line.split('|').find_map(|cell| digits(cell).ok()), Some(content.len()), "{line}");
            assert!(image::load_from_memory(content).is_ok(), "{name} is no picture");
            total += content.len();
        }
        assert!(document.contains("171,657"), "the total is {total}");
        assert_eq!(total, 171_657);
    }

    #[test]
    fn the_base_file_refers_to_ten_pictures_that_are_there() {
        let find = |wanted: &str| SITE_FILES.iter().find(|(path, _)| *path == wanted).map(|(_, content)| *content);
        let page = std::str::from_utf8(find("www.someschool.edu/someDepartment/home.index").unwrap()).unwrap();
        let sources: Vec<&str> = page.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(sources.len(), 10);
        for source in sources {
            assert!(find(&format!("www.someschool.edu/someDepartment/{source}")).is_some(), "{source}");
        }
        assert_eq!(find("info.cern.ch/index.html").map(<[u8]>::len), Some(646));
    }

    #[test]
    fn every_way_to_misbehave_has_a_path() {
        let files = LabFiles::embedded();
        let rude: &SiteFile = &files.sites["rude.lab"];
        let ways: std::collections::HashSet<_> = rude.misbehaves.iter().map(|at| at.how).collect();
        assert_eq!((ways.len(), rude.misbehaves.len()), (27, 27));
        let front = std::str::from_utf8(&rude.files["index.html"].content).unwrap();
        let document = include_str!("../../assets/lab/README.md");
        for at in &rude.misbehaves {
            assert!(front.contains(&format!("href=\"{}\"", at.path)), "{} is not on the front page", at.path);
            assert!(document.contains(&format!("`{}`", at.path)), "{} is not in the document", at.path);
        }
    }
}
