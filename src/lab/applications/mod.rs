//! The programs behind the lab's sites that remember: each makes its pages and keeps its own tables in the store. A site names its
//! program in `site.toml`; the tables' owner is the site, whichever hosts serve it.
//!
//! A program for one more kind of site is one file here, its settings in [`super::application_file`], and its line in [`start`].

mod ad_network;
mod cookie_demonstrations;
mod dates;
mod page;
mod purchase;
mod shop;
#[cfg(test)]
mod stories;
mod visit_counter;

use std::sync::Arc;

use super::{
    application_file::ApplicationFile,
    origin::application::Application,
    site_file::SiteFile,
    tables::{LabStore, ServerTables},
};
use crate::{
    net::{Clock, Network},
    store::{Migration, Owner},
};

/// What the lab gives a program.
pub(super) struct ApplicationContext<'a> {
    /// The name of its site, which is its tables' owner.
    pub(super) site: &'a str,
    pub(super) store: &'a LabStore,
    pub(super) clock: &'a Clock,
    /// The site's files.
    pub(super) files: &'a Arc<SiteFile>,
    /// The lab as the site's host sees it, for a program that is a client of others; `None` where the site is no host's name.
    pub(super) network: Option<Network>,
}

impl ApplicationContext<'_> {
    fn tables(&self, title: &str, migrations: &'static [Migration]) -> ServerTables {
        let name = self.site.to_ascii_lowercase();
        self.store.tables(Owner::named(name, title.to_owned(), migrations), self.clock)
    }
}

/// The program that a site's file names.
pub(super) fn start(settings: &ApplicationFile, context: &ApplicationContext<'_>) -> Arc<dyn Application> {
    match settings {
        ApplicationFile::Shop(settings) => Arc::new(shop::Shop::new(settings, context)),
        ApplicationFile::AdNetwork(settings) => Arc::new(ad_network::AdNetwork::new(settings, context)),
        ApplicationFile::VisitCounter(settings) => Arc::new(visit_counter::VisitCounter::new(settings, context)),
        ApplicationFile::CookieDemonstrations(settings) => {
            Arc::new(cookie_demonstrations::CookieDemonstrations::new(settings, context))
        }
    }
}

/// Methods of a page that is only read.
const READ: &str = "GET, HEAD, OPTIONS";
/// Methods of a page with a form that is sent by POST.
const READ_AND_POST: &str = "GET, HEAD, POST, OPTIONS";
/// Methods of an address to which a form is sent.
const POST: &str = "POST, OPTIONS";
